// `Parallel`: joblib's parallel map. Keeps what belongs to one `Parallel`; what runs its tasks is loaded
// by the first call.

import type { TaskInput } from './input.js';
import { type ParallelOptions, settingsOf } from './options.js';
import type { Slots } from './slots.js';
import { delayed, type Task } from './task.js';

/** Loaded by the first call. */
let runner: typeof import('./run-tasks.js') | undefined;

/** What `Parallel()` gives: call it with tasks. */
export interface ParallelInstance {
  /**
   * Runs the tasks; the results in their order.
   *
   * Rejects with what a task throws, with `signal.reason`, or with a TaskError:
   * `TASK_NOT_CLONEABLE`, `TASK_TIMEOUT`, `WORKER_LOST`, `WORKER_START_FAILED`, `CLOSURE_VARIABLE`.
   */
  <R>(tasks: TaskInput<R>): Promise<R[]>;
  /** How many workers it uses at most. */
  readonly nJobs: number;
  /** Ends its workers at once; calls under way reject with an AbortError. It can be called again. */
  terminate(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A parallel map over Web Workers, by joblib's rules.
 *
 * ```ts
 * const parallel = Parallel({ nJobs: -1 });
 * const roots = await parallel([1, 4, 9].map((x) => delayed(tasks.sqrt)(x)));   // [1, 2, 3]
 * ```
 *
 * Workers are kept for the next call, also of another `Parallel`, until they were idle for
 * `idleWorkerTimeoutMs`. Wrong options throw a TypeError or RangeError at once.
 */
export function Parallel(options: ParallelOptions = {}): ParallelInstance {
  const settings = settingsOf(options);
  const calls = new Set<AbortController>();
  let slots: Slots | undefined;

  const run = async (tasks: TaskInput<unknown>): Promise<unknown[]> => {
    const stop = new AbortController();
    const forward = (): void => stop.abort(settings.signal?.reason);
    settings.signal?.throwIfAborted();
    settings.signal?.addEventListener('abort', forward);
    calls.add(stop);
    try {
      runner ??= await import('./run-tasks.js');
      slots ??= new runner.Slots(settings.nJobs);
      const input = new runner.Input(tasks);
      return await runner.runTasks(input, settings, slots, run, stop.signal);
    } finally {
      calls.delete(stop);
      settings.signal?.removeEventListener('abort', forward);
    }
  };

  const terminate = (): void => {
    for (const call of [...calls])
      call.abort(new DOMException('terminate() ended this Parallel', 'AbortError'));
    runner?.endOwned(run);
  };

  const instance = Object.assign(run, { nJobs: settings.nJobs, terminate });
  // Not in every engine yet; `await using` needs it, `terminate()` does not.
  if (Symbol.asyncDispose)
    Object.defineProperty(instance, Symbol.asyncDispose, { value: async () => terminate() });
  return instance as unknown as ParallelInstance;
}

/**
 * `fn` of each item, in order. `nJobs` is -1 unless said.
 *
 * ```ts
 * await parallelMap(tasks.sqrt, [1, 4, 9]);   // [1, 2, 3]
 * ```
 */
export function parallelMap<T, R>(
  fn: (item: T) => R,
  items: Iterable<T> | AsyncIterable<T>,
  options: ParallelOptions = {},
): Promise<Awaited<R>[]> {
  const task = delayed(fn);
  const tasks = Array.isArray(items)
    ? (items as T[]).map((item) => task(item))
    : mapTasks(task, items);
  return Parallel({ nJobs: -1, ...options })(tasks);
}

function mapTasks<T, R>(
  task: (item: T) => Task<R>,
  items: Iterable<T> | AsyncIterable<T>,
): TaskInput<R> {
  if (Symbol.asyncIterator in items) {
    return (async function* () {
      for await (const item of items) yield task(item);
    })();
  }
  return (function* () {
    for (const item of items) yield task(item);
  })();
}
