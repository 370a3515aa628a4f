// Processes that a test starts, and their end: a browser is a tree of processes, of which some leave
// their parent's group. Only processes of a tree started here are ever signalled.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Marks every descendant, also one whose parents have ended: its environment is inherited. */
const MARK = 'JOBLITE_TEST_PROCESS';

const running = new Set();
process.once('exit', () => {
  for (const started of running) started.kill();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // Without this a signal would end the process without 'exit' and leave browsers behind.
  process.once(signal, () => process.exit(1));
}

/**
 * Starts a program. The answer has `pid`, `output()` (the last of what it printed), `ended` (a
 * promise), `pids()` (itself and its descendants that run now) and `kill()` (SIGKILL to all of them).
 */
export function start(command, args, { env = {} } = {}) {
  const mark = randomUUID();
  const child = spawn(command, args, {
    env: { ...process.env, ...env, [MARK]: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-8000);
    });
  }
  const started = {
    pid: child.pid,
    output: () => output,
    ended: new Promise((resolve) => {
      child.once('error', (error) => {
        output += String(error);
        resolve();
      });
      child.once('exit', resolve);
    }),
    pids: () => descendants(child.pid, mark),
    kill() {
      // A process may fork while the list is made: look again until nothing is left.
      for (let turn = 0; turn < 5; turn++) {
        const pids = this.pids();
        if (pids.length === 0) break;
        killAll(pids);
      }
      running.delete(started);
    },
  };
  running.add(started);
  return started;
}

/** SIGKILL to each of these processes; one that has ended meanwhile is no error. */
export function killAll(pids) {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

function descendants(root, mark) {
  const children = new Map();
  const found = new Set();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!pid) continue;
    try {
      // "pid (command) state ppid ...": the command may hold spaces and brackets.
      const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (state === 'Z') continue;
      if (!children.has(Number(parent))) children.set(Number(parent), []);
      children.get(Number(parent)).push(pid);
      if (pid === root || readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${MARK}=${mark}`))
        found.add(pid);
    } catch {
      // It ended while being looked at.
    }
  }
  for (const pid of found) {
    for (const child of children.get(pid) ?? []) found.add(child);
  }
  return [...found];
}

/** A TCP port that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) =>
    server.once('error', reject).listen(0, '127.0.0.1', resolve),
  );
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Rejects when `promise` takes longer than `limitMs`; `what` says what was waited for. */
export function within(limitMs, what, promise) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: no answer within ${limitMs / 1000} s`)),
      limitMs,
    );
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
