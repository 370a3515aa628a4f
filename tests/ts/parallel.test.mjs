// Parallel under Node: over worker_threads, and where the web's Worker is missing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { delayed, environment, fromModule, Parallel, TaskError, workerTasks } from 'joblite';

const file = new URL('./tasks.mjs', import.meta.url);
const tasks = workerTasks(
  () => new Worker(new URL('./tasks.worker.mjs', import.meta.url)),
  () => import('./tasks.mjs'),
);
const range = (n) => Array.from({ length: n }, (_, i) => i);
const parallel = Parallel({ nJobs: 2 });
after(() => parallel.terminate());

const failure = (promise) =>
  promise.then(
    (value) => assert.fail(`resolved with ${JSON.stringify(value)}`),
    (error) => error,
  );

test('workerTasks, fromModule, source text and the platform', async () => {
  const inc = fromModule(file, 'inc');
  const calls = range(100).map((i) =>
    delayed([tasks.inc, inc, (x) => x + 1, Math.sqrt][i % 4])(i % 4 === 3 ? (i + 1) ** 2 : i),
  );
  assert.deepEqual(
    await parallel(calls),
    range(100).map((i) => i + 1),
  );
});

test("a task's own exception, with the worker's stack", async () => {
  const error = await failure(parallel([delayed(tasks.fail)('bad')]));
  assert.ok(error instanceof RangeError);
  assert.equal(error.row, 3);
  assert.match(error.stack, /tasks\.mjs/);
});

test('a worker that exits is WORKER_LOST with the task, and the pool goes on', async () => {
  const error = await failure(parallel(range(6).map((i) => delayed(tasks.exit)(i))));
  assert.ok(error instanceof TaskError);
  assert.equal(error.code, 'WORKER_LOST');
  assert.equal(error.details.taskIndex, 3);
  assert.deepEqual(await parallel([delayed(tasks.inc)(1)]), [2]);
});

test('an error that nobody catches is WORKER_LOST with the error as its cause', async () => {
  const error = await failure(parallel([delayed(tasks.throwLater)()]));
  assert.equal(error.code, 'WORKER_LOST');
  assert.equal(error.cause.message, 'nobody catches this');
});

test('timeoutMs and signal replace the workers', async () => {
  const limited = Parallel({ nJobs: 2, timeoutMs: 300 });
  const error = await failure(limited([delayed(tasks.inc)(1), delayed(tasks.forever)()]));
  assert.deepEqual([error.code, error.details.taskIndex], ['TASK_TIMEOUT', 1]);
  const signal = AbortSignal.timeout(300);
  const stopped = Parallel({ nJobs: 2, signal });
  assert.equal(await failure(stopped([delayed(tasks.forever)()])), signal.reason);
  assert.deepEqual(await limited([delayed(tasks.inc)(1)]), [2]);
});

test('a worker that does not start says what to do', async () => {
  const missing = workerTasks(() => new Worker(new URL('./nowhere.mjs', import.meta.url)));
  const error = await failure(parallel([delayed(missing.f)()]));
  assert.equal(error.code, 'WORKER_START_FAILED');
  assert.match(error.message, /exposeTasks/);
});

test('nested calls run in the worker', async () => {
  const nested = await parallel([10, 20].map((n) => delayed(tasks.nested)(n)));
  assert.deepEqual(
    nested.map(({ results }) => results),
    [
      [12, 13],
      [22, 23],
    ],
  );
});

test('where the factory wants the web’s Worker, tasks run here, and a warning says why', async (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  const web = workerTasks(
    () => new globalThis.Nothing(),
    () => import('./tasks.mjs'),
  );
  // As in a page's code: `new Worker(...)` of the web, which Node does not have.
  const code = workerTasks(
    // biome-ignore lint/security/noGlobalEval: a free name that this module does not import
    () => globalThis.eval('new Worker("./tasks.mjs")'),
    () => import('./tasks.mjs'),
  );
  assert.equal(typeof globalThis.Worker, 'undefined');
  assert.deepEqual(await parallel(range(5).map((i) => delayed(code.inc)(i))), [1, 2, 3, 4, 5]);
  assert.equal(warn.mock.callCount(), 1);
  assert.match(String(warn.mock.calls[0].arguments[0]), /node:worker_threads/);
  assert.equal((await failure(parallel([delayed(web.inc)(1)]))).code, 'WORKER_START_FAILED');
});

test('the task that an async input was about to give is not lost on the way here', async (t) => {
  t.mock.method(console, 'warn', () => {});
  const code = workerTasks(
    // biome-ignore lint/security/noGlobalEval: a free name that this module does not import
    () => globalThis.eval('new Worker("./tasks.mjs")'),
    () => import('./tasks.mjs'),
  );
  const slowly = async function* () {
    for (const i of range(6)) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      yield delayed(code.inc)(i);
    }
  };
  assert.deepEqual(await parallel(slowly()), [1, 2, 3, 4, 5, 6]);
});

test('a call ends while another of the same Parallel waits for what it gives', async () => {
  const pair = Parallel({ nJobs: 2 });
  const later = [];
  const gives = async function* () {
    for (const i of range(6)) {
      yield delayed(tasks.inc)(i);
      // Both workers are idle, and no task waits for them.
      if (i % 2 === 1) later.push(...(await pair([delayed(tasks.inc)(i), delayed(Math.abs)(-i)])));
    }
  };
  assert.deepEqual(await pair(gives()), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(later, [2, 1, 4, 3, 6, 5]);
  pair.terminate();
});

test('an onProgress that throws when a timer calls it ends the call', async () => {
  const endless = async function* () {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      yield delayed(tasks.inc)(1);
    }
  };
  const onProgress = () => {
    if (new Error().stack.includes('Timeout._onTimeout')) throw new URIError('mine');
  };
  const watched = Parallel({ nJobs: 2, onProgress });
  assert.ok((await failure(watched(endless()))) instanceof URIError);
});

test('a call whose scheduler panics rejects', async (t) => {
  const glue = readdirSync(new URL('../../dist/', import.meta.url)).find((name) =>
    /^joblite-\w+\.js$/.test(name),
  );
  const { ParallelScheduler } = await import(new URL(`../../dist/${glue}`, import.meta.url));
  // As after a panic in the method: it never gave back the object that it had borrowed.
  t.mock.method(ParallelScheduler.prototype, 'batchDone', () => {
    throw new WebAssembly.RuntimeError('unreachable');
  });
  t.mock.method(ParallelScheduler.prototype, 'free', () => {
    throw new Error('attempted to take ownership of Rust value while it was borrowed');
  });
  const error = await failure(parallel([delayed(tasks.inc)(1)]));
  assert.match(String(error), /unreachable/);
});

test('environment() knows Node', () => {
  const found = environment();
  assert.ok(found.workers && found.simd && found.cpuCount >= 1);
  assert.match(found.reasons.indexedDB, /no browser/);
});

test('idle workers do not keep the process alive', () => {
  const program = fileURLToPath(new URL('./idle.mjs', import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, '[ 2, 3, 4 ]\n[ 2, 4, 6 ]\n');
});
