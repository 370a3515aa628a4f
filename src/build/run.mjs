// Child processes and stopping: a step that cannot go on throws `Stop`, whose message is one line
// that says what to do. Node builtins only, because set-up runs before `npm ci`.

import { spawn, spawnSync } from 'node:child_process';

/** Ends a command; the message is all that the user sees. `stdout`: what a failed child printed. */
export class Stop extends Error {
  stdout = '';
}

/**
 * Runs a command to its end and gives its standard output. Output is shown as it comes with
 * `show`, else only when the command fails, and not even then with `silent`.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, show?: boolean, silent?: boolean, limitMs?: number, stop?: string }} [options]
 *   `stop`: the line to stop with when it fails; `env` is added to this process's environment.
 */
export function run(command, args, { cwd, env, show = false, silent = false, limitMs, stop } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
    });
    let stdout = '';
    let all = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      all += chunk;
      if (show) process.stdout.write(chunk);
    });
    child.stderr.on('data', (chunk) => {
      all += chunk;
      if (show) process.stderr.write(chunk);
    });
    const fail = (why) => {
      if (!show && !silent && all) process.stderr.write(all.endsWith('\n') ? all : `${all}\n`);
      const error = new Stop(stop ?? `${[command, ...args].join(' ').slice(0, 160)}: ${why}`);
      error.stdout = stdout;
      reject(error);
    };
    child.on('error', (error) => fail(error.message));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else fail(signal ? `ended by ${signal}` : `exit code ${code}`);
    });
  });
}

/** The trimmed standard output of a short command, or null where it is missing or fails. */
export function answer(command, args, options = {}) {
  const { status, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    ...options,
  });
  return status === 0 ? stdout.trim() : null;
}

/** Runs `main` when `url` is the script that node was started with; a `Stop` becomes one line and exit code 1. */
export async function asCommand(url, main) {
  if (!process.argv[1] || new URL(`file://${process.argv[1]}`).pathname !== new URL(url).pathname)
    return;
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(`stopped: ${error.message}`);
    process.exitCode = 1;
  }
}
