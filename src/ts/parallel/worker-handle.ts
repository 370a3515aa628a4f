// One worker, seen from the thread that started it: its start, its messages, its death, its end.
// Knows nothing of tasks; the pool of tasks and the pool of Pyodide workers both stand on it.
//
// The platform has no event for a dead worker. A worker that runs `announceReady` (worker-ready.ts)
// holds a Web Lock for life and tells its name; the handle queues for the same lock, and being
// granted it means that the worker is gone. Under Node the `exit` event says so.

import { TaskError } from '../errors.js';
import type { ReadyMessage } from './protocol.js';

/** What is used of a `Worker` of the web. */
export interface WebWorker {
  postMessage(message: unknown, transfer: Transferable[]): void;
  terminate(): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
}

/** What is used of a `Worker` of `node:worker_threads`. */
export interface NodeWorker {
  postMessage(message: unknown, transfer?: readonly never[]): void;
  terminate(): unknown;
  on(event: string, listener: (value: never) => void): unknown;
  ref(): void;
  unref(): void;
}

export type AnyWorker = WebWorker | NodeWorker;

/** Why a worker is gone: its lock was released, it reported an uncaught error, a message of it could not be read, or it exited. */
export interface Gone {
  reason: 'closed' | 'error' | 'messageerror' | 'exit';
  /** In words, for an error's message. */
  text: string;
  /** The uncaught error, where the platform hands it over. */
  cause?: unknown;
}

export interface WorkerHandleOptions {
  /** Starts the worker. What it throws ends in WORKER_START_FAILED. */
  start: () => AnyWorker | Promise<AnyWorker>;
  /** What the worker is, for messages: `the worker of workerTasks(...)`. */
  what: string;
  /** What to do if it does not start. */
  remedy: string;
  onMessage: (data: unknown) => void;
  /** Called once, after it was ready, when the worker died by itself; never after `terminate()`. */
  onGone: (gone: Gone) => void;
  /** How long a worker may take to say that it is ready: 60,000 ms unless given. */
  startTimeoutMs?: number;
}

const START_TIMEOUT_MS = 60_000;

/**
 * A running worker.
 *
 * ```ts
 * const handle = new WorkerHandle({ start: () => new Worker(url, { type: 'module' }), what: 'the worker', remedy: '', onMessage, onGone });
 * await handle.ready;          // TaskError WORKER_START_FAILED
 * handle.post({ hello: 1 });
 * handle.terminate();
 * ```
 */
export class WorkerHandle {
  /** Resolves when the worker is ready for messages; rejects with WORKER_START_FAILED, or with what `terminate` was given. */
  readonly ready: Promise<void>;
  /** The Web Lock that the worker holds; null without Web Locks: then its death is noticed by errors only. */
  lock: string | null = null;

  #options: WorkerHandleOptions;
  #worker: AnyWorker | undefined;
  #state: 'starting' | 'ready' | 'gone' | 'ended' = 'starting';
  #settle!: { resolve: () => void; reject: (error: unknown) => void };
  #startTimer: ReturnType<typeof setTimeout> | undefined;
  #watch: AbortController | undefined;

  constructor(options: WorkerHandleOptions) {
    this.#options = options;
    this.ready = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever ends a starting worker need not also wait for it.
    this.ready.catch(() => {});
    void this.#start();
  }

  /** True from ready until it is gone or terminated. */
  get alive(): boolean {
    return this.#state === 'ready';
  }

  /** Sends a message; throws the platform's DataCloneError. To a worker that is gone nothing is sent. */
  post(message: unknown, transfer: Transferable[] = []): void {
    this.#worker?.postMessage(message, transfer as Transferable[] & never[]);
  }

  /** Ends the worker at once. `ready` rejects with `reason` if it had not started. */
  terminate(
    reason: unknown = new TaskError(
      'WORKER_START_FAILED',
      `${this.#options.what} was ended before it had started`,
    ),
  ): void {
    if (this.#state === 'ended') return;
    const starting = this.#state === 'starting';
    this.#state = 'ended';
    this.#end();
    if (starting) this.#settle.reject(reason);
  }

  /** Under Node: whether this worker keeps the process alive. Elsewhere without effect. */
  keepProcessAlive(keep: boolean): void {
    if (this.#worker && 'unref' in this.#worker) keep ? this.#worker.ref() : this.#worker.unref();
  }

  async #start(): Promise<void> {
    const { start, startTimeoutMs = START_TIMEOUT_MS } = this.#options;
    this.#startTimer = setTimeout(
      () =>
        this.#lose({
          reason: 'error',
          text: `it did not say that it is ready within ${startTimeoutMs / 1000} s`,
        }),
      startTimeoutMs,
    );
    try {
      const worker = await start();
      if (this.#state !== 'starting') {
        worker.terminate();
        return;
      }
      this.#worker = worker;
      this.#listen(worker);
    } catch (cause) {
      this.#lose({
        reason: 'error',
        text: cause instanceof Error ? cause.message : String(cause),
        cause,
      });
    }
  }

  #listen(worker: AnyWorker): void {
    if ('addEventListener' in worker) {
      worker.addEventListener('message', (event) => this.#message((event as MessageEvent).data));
      worker.addEventListener('error', (event) => {
        // It is reported through our own error; unprevented it would reach `window.onerror` as well.
        event.preventDefault();
        this.#lose({ reason: 'error', ...describe(event as Partial<ErrorEvent>) });
      });
      worker.addEventListener('messageerror', () => this.#lose(UNREADABLE));
    } else {
      worker.on('message', (data: unknown) => this.#message(data));
      worker.on('error', (cause: unknown) =>
        this.#lose({ reason: 'error', ...describe({ error: cause }) }),
      );
      worker.on('messageerror', () => this.#lose(UNREADABLE));
      worker.on('exit', (code: number) =>
        this.#lose({ reason: 'exit', text: `it exited with code ${code}` }),
      );
    }
  }

  #message(data: unknown): void {
    if (this.#state === 'starting') {
      if (isReady(data)) this.#becomeReady(data);
    } else if (this.#state === 'ready') {
      this.#options.onMessage(data);
    }
  }

  #becomeReady({ lock }: ReadyMessage): void {
    clearTimeout(this.#startTimer);
    this.#state = 'ready';
    const locks = typeof navigator === 'undefined' ? undefined : navigator.locks;
    if (lock !== null && locks) {
      this.lock = lock;
      this.#watch = new AbortController();
      locks
        .request(lock, { signal: this.#watch.signal }, () => {
          // What the worker posted before it closed may still be on its way to us.
          setTimeout(
            () =>
              this.#lose({
                reason: 'closed',
                text: 'it closed itself or was ended by the browser',
              }),
            0,
          );
        })
        .catch(() => {
          // Aborted by `#end`: nobody waits for this worker any more.
        });
    }
    this.#settle.resolve();
  }

  #lose(gone: Gone): void {
    if (this.#state === 'ready') {
      this.#state = 'gone';
      this.#end();
      this.#options.onGone(gone);
    } else if (this.#state === 'starting') {
      this.#state = 'gone';
      this.#end();
      const { what, remedy } = this.#options;
      const cause = gone.cause === undefined ? undefined : { cause: gone.cause };
      this.#settle.reject(
        new TaskError(
          'WORKER_START_FAILED',
          `${what} did not start: ${gone.text}. ${remedy}`,
          { reason: gone.text },
          cause,
        ),
      );
    }
  }

  #end(): void {
    clearTimeout(this.#startTimer);
    this.#watch?.abort();
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}

const UNREADABLE: Gone = { reason: 'messageerror', text: 'a message of it could not be read' };

function isReady(data: unknown): data is ReadyMessage {
  return typeof data === 'object' && data !== null && (data as ReadyMessage).joblite === 'ready';
}

/** The web gives a message, file and line, and nothing at all where the script could not be loaded; Node gives the error. */
function describe(event: {
  error?: unknown;
  message?: string;
  filename?: string;
  lineno?: number;
}): { text: string; cause?: unknown } {
  const { error, message, filename, lineno } = event;
  if (error instanceof Error)
    return { text: `uncaught ${error.name}: ${error.message}`, cause: error };
  if (message)
    return {
      text: filename ? `${message} (${filename}:${lineno})` : message,
      cause: new Error(message),
    };
  return { text: 'its script could not be loaded or run' };
}
