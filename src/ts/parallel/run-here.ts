// Tasks in the caller's own realm: one after another (`sequential`, and every backend with nJobs 1),
// or up to nJobs asynchronous ones in flight (`threading`). Needs no engine and no worker, so it is
// also what everything falls back to.

import { functionHere, isCached } from './functions.js';
import type { Input } from './input.js';
import { macrotask } from './macrotask.js';
import type { Progress, Settings } from './options.js';
import type { Task } from './task.js';
import { timedOut } from './timed-out.js';

/** After so long the page gets a turn: it paints, and a cancel button works. */
const TURN_MS = 50;

/** Runs all tasks; the results in their order. Rejects with what a task throws, or `signal.reason`. */
export async function runHere(
  input: Input,
  settings: Settings,
  inFlight: number,
  signal: AbortSignal,
): Promise<unknown[]> {
  const run = new HereRun(input, settings, signal);
  try {
    const lanes = Array.from({ length: inFlight }, (_, lane) => run.lane(lane));
    await Promise.all(lanes);
    run.reportProgress(true);
    return run.results;
  } finally {
    run.stop();
  }
}

class HereRun {
  readonly results: unknown[] = [];
  #input: Input;
  #settings: Settings;
  #signal: AbortSignal;
  #startMs = performance.now();
  #turnMs = this.#startMs;
  #reportMs = Number.NEGATIVE_INFINITY;
  #next = 0;
  #done = 0;
  #stopped = false;
  /** Rejects when the signal is aborted; what waits for a task waits for this as well. */
  #aborted: Promise<never>;
  #unlisten = (): void => {};

  constructor(input: Input, settings: Settings, signal: AbortSignal) {
    this.#input = input;
    this.#settings = settings;
    this.#signal = signal;
    this.#aborted = new Promise<never>((_, reject) => {
      const listener = (): void => reject(signal.reason);
      signal.addEventListener('abort', listener);
      this.#unlisten = () => signal.removeEventListener('abort', listener);
    });
    this.#aborted.catch(() => {});
  }

  stop(): void {
    this.#stopped = true;
    this.#unlisten();
    this.#input.close();
  }

  /** Takes tasks until there are none. */
  async lane(lane: number): Promise<void> {
    while (!this.#stopped) {
      this.#signal.throwIfAborted();
      const index = this.#next++;
      const task = this.#input.isAsync
        ? await Promise.race([this.#input.nextAsync(), this.#aborted])
        : this.#input.next();
      if (!task || this.#stopped) return;
      const startMs = performance.now();
      const result = this.#call(task);
      this.results[index] = isThenable(result) ? await this.#guard(result, index) : result;
      if (this.#stopped) return;
      this.#done++;
      const endMs = performance.now();
      const { onBatch } = this.#settings;
      onBatch?.({
        worker: lane,
        first: index,
        count: 1,
        startMs: startMs - this.#startMs,
        endMs: endMs - this.#startMs,
      });
      this.reportProgress(false);
      if (endMs - this.#turnMs >= TURN_MS) {
        await macrotask();
        this.#turnMs = performance.now();
      }
    }
  }

  #call(task: Task): unknown {
    // A cached function is a function like any other here: it looks into its cache itself.
    const fn = isCached(task.fn) ? task.fn : functionHere(task.fn);
    const { args } = task;
    return fn instanceof Promise
      ? fn.then((loaded) => (loaded as (...a: unknown[]) => unknown)(...args))
      : (fn as (...a: unknown[]) => unknown)(...args);
  }

  async #guard(result: PromiseLike<unknown>, index: number): Promise<unknown> {
    const { timeoutMs } = this.#settings;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const contenders: PromiseLike<unknown>[] = [result, this.#aborted];
    if (timeoutMs !== undefined) {
      contenders.push(
        new Promise((_, reject) => {
          timer = setTimeout(() => reject(timedOut(index, timeoutMs)), timeoutMs);
        }),
      );
    }
    try {
      return await Promise.race(contenders);
    } finally {
      clearTimeout(timer);
    }
  }

  reportProgress(last: boolean): void {
    const { onProgress, nJobs, backend } = this.#settings;
    if (!onProgress) return;
    const now = performance.now();
    if (!last && (now - this.#reportMs < TURN_MS || this.#input.total === this.#done)) return;
    this.#reportMs = now;
    const elapsedMs = now - this.#startMs;
    const total = last ? this.#done : (this.#input.total ?? null);
    const left = total === null || this.#done === 0 ? null : total - this.#done;
    const progress: Progress = {
      done: this.#done,
      total,
      dispatched: last ? this.#done : Math.max(this.#next, this.#done),
      elapsedMs,
      remainingMs: left === null ? null : (elapsedMs / this.#done) * left,
      workers: backend === 'threading' ? nJobs : 1,
    };
    onProgress(progress);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
