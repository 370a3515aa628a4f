// The pool of Pyodide workers, as Python's `_bridge.WorkerPool` knows it: pickles in, pickles out.
// Which task runs when is joblib's business; this hands each to the next idle worker, notices workers
// that die, and starts others in their place.

import { WorkerHandle } from '../parallel/worker-handle.js';
import type { InitMessage, ResultMessage, TaskMessage } from './protocol.js';

/** A finished task. `lost`: its worker is gone; `unstarted`: no worker can be started. Their payload is a text. */
export interface Completion {
  id: number;
  state: 'done' | 'failed' | 'lost' | 'unstarted';
  payload: ArrayBuffer[] | [string];
}

export interface PoolOptions {
  /** The worker's script. */
  url: string | URL;
  /** What to do if workers do not start. */
  remedy: string;
  /** Told to each worker; a promise, since the engine may still be compiling. */
  init: Promise<InitMessage>;
}

interface Task {
  id: number;
  call: number;
  payload: ArrayBuffer[];
}

interface PoolWorker {
  handle: WorkerHandle;
  name: string;
  state: 'starting' | 'idle' | 'busy';
  task: Task | undefined;
}

/** Pyodide and the packages are loaded from the page's own origin or its cache; a busy machine is slow at it. */
const START_TIMEOUT_MS = 180_000;

const TERMINATED = 'joblite.shutdown() ended the workers before the task had finished';

export class PyodidePool {
  #options: PoolOptions;
  #workers = new Set<PoolWorker>();
  #queue: Task[] = [];
  #completions: Completion[] = [];
  /** Called at every completion and at every change of a worker's state. */
  #watchers = new Set<() => void>();
  #startError: unknown;
  #lastId = 0;
  #lastWorker = 0;
  #terminated = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Has at least `count` workers, started or starting. */
  ensure(count: number): void {
    if (this.#terminated) return;
    while (this.#workers.size < count) this.#startWorker();
  }

  /** Resolves when `count` workers, or as many as there are, can run tasks; rejects when none can be started. */
  async ready(count: number): Promise<void> {
    const running = () => [...this.#workers].filter(({ state }) => state !== 'starting').length;
    while (running() < Math.min(count, this.#workers.size) || this.#workers.size === 0) {
      if (this.#workers.size === 0) throw this.#startError ?? new Error('the pool has no workers');
      await this.#change(-1);
    }
  }

  /** Queues a task of `call`; its payload is handed over. Gives its id. */
  submit(call: number, payload: ArrayBuffer[]): number {
    const id = ++this.#lastId;
    if (this.#terminated) {
      this.#complete(id, 'lost', [TERMINATED]);
    } else {
      this.#queue.push({ id, call, payload });
      this.#feed();
    }
    return id;
  }

  /** What has finished since the last time. */
  take(): Completion[] {
    return this.#completions.splice(0);
  }

  /**
   * Resolves when `take()` has something, or after `timeoutMs` if that is not negative; at once when
   * the pool is terminated.
   */
  async changed(timeoutMs: number): Promise<void> {
    const end = timeoutMs < 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    while (this.#completions.length === 0 && !this.#terminated) {
      const left = end - performance.now();
      if (left <= 0) return;
      await this.#change(left === Number.POSITIVE_INFINITY ? -1 : left);
    }
  }

  /** Drops the queue of `call` and replaces the workers that run its tasks: nothing else stops a Python loop. */
  cancel(call: number): void {
    this.#queue = this.#queue.filter((task) => task.call !== call);
    for (const worker of [...this.#workers]) {
      if (worker.task?.call !== call) continue;
      worker.handle.terminate();
      this.#replace(worker);
    }
  }

  status(): { idle: number; busy: number; starting: number; queued: number } {
    const counts = { idle: 0, busy: 0, starting: 0, queued: this.#queue.length };
    for (const { state } of this.#workers) counts[state] += 1;
    return counts;
  }

  /** Ends all workers, for good. What has not finished is lost, so that nobody waits for it. */
  terminate(): void {
    this.#terminated = true;
    const unfinished = this.#queue.splice(0);
    for (const { handle, task } of this.#workers) {
      handle.terminate();
      if (task) unfinished.push(task);
    }
    this.#workers.clear();
    for (const { id } of unfinished) this.#complete(id, 'lost', [TERMINATED]);
    this.#wake();
  }

  #startWorker(): void {
    const { url, remedy, init } = this.#options;
    const name = `joblite-${++this.#lastWorker}`;
    const handle = new WorkerHandle({
      start: async () => {
        const message = await init;
        // An object URL or the user's own: there is no literal that a bundler could follow.
        const worker = new Worker(url, { type: 'module', name });
        worker.postMessage(message);
        return worker;
      },
      what: 'a Pyodide worker',
      remedy,
      startTimeoutMs: START_TIMEOUT_MS,
      onMessage: (data) => this.#finish(worker, data as ResultMessage),
      onGone: ({ text }) => {
        if (worker.task) {
          this.#complete(worker.task.id, 'lost', [
            `the worker that ran the task is gone: ${text}. It may have run out of memory; n_jobs says how many share it`,
          ]);
        }
        this.#replace(worker);
      },
    });
    const worker: PoolWorker = { handle, name, state: 'starting', task: undefined };
    this.#workers.add(worker);
    handle.ready.then(
      () => {
        worker.state = 'idle';
        this.#feed();
        this.#wake();
      },
      (error: unknown) => this.#failToStart(worker, error),
    );
  }

  #failToStart(worker: PoolWorker, error: unknown): void {
    // One that was terminated while it started is no longer here.
    if (!this.#workers.delete(worker)) return;
    this.#startError = error;
    if (this.#workers.size === 0) {
      const text = error instanceof Error ? error.message : String(error);
      for (const { id } of this.#queue.splice(0)) this.#complete(id, 'unstarted', [text]);
    }
    this.#wake();
  }

  #replace(worker: PoolWorker): void {
    if (this.#workers.delete(worker)) this.#startWorker();
    this.#wake();
  }

  #finish(worker: PoolWorker, { joblite, id, state, payload }: ResultMessage): void {
    if (joblite !== 'pyodide-result' || worker.task?.id !== id) return;
    worker.task = undefined;
    worker.state = 'idle';
    this.#complete(id, state, payload);
    this.#feed();
  }

  #feed(): void {
    for (const worker of this.#workers) {
      if (this.#queue.length === 0) return;
      if (worker.state !== 'idle') continue;
      const task = this.#queue.shift() as Task;
      worker.task = task;
      worker.state = 'busy';
      const message: TaskMessage = {
        joblite: 'pyodide-task',
        id: task.id,
        payload: task.payload,
      };
      worker.handle.post(message, task.payload);
    }
  }

  #complete(id: number, state: Completion['state'], payload: Completion['payload']): void {
    this.#completions.push({ id, state, payload });
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#watchers]) wake();
  }

  /** Resolves at the next change, or after `timeoutMs` if that is not negative. */
  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const wake = () => {
        clearTimeout(timer);
        this.#watchers.delete(wake);
        resolve();
      };
      this.#watchers.add(wake);
      if (timeoutMs >= 0) timer = setTimeout(wake, timeoutMs);
    });
  }
}
