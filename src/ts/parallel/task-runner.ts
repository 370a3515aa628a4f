// The worker's side: runs batches of tasks and sends back what they gave. Small and free of
// joblite's core, because it is part of every user's worker.

import { findUnclonable } from './clone-path.js';
import { macrotask } from './macrotask.js';
import type {
  DoneMessage,
  FailedMessage,
  FromWorker,
  FunctionRef,
  ReportMessage,
  RunMessage,
  ToWorker,
  WireError,
} from './protocol.js';
import { collectBuffers, collectTransfers } from './transfer.js';
import { toWire } from './wire.js';
import { announceReady, type WorkerPort } from './worker-ready.js';

/** Finished results wait at most so long for their batch, unless a task holds the thread. A message costs about 0.01 ms. */
const REPORT_EVERY_MS = 5;

export type TaskFunction = (...args: never[]) => unknown;
export type Resolve = (ref: FunctionRef) => TaskFunction | Promise<TaskFunction>;

export interface TaskPort extends WorkerPort {
  listen(onMessage: (message: unknown) => void): void;
  /** Calls back when the worker closes itself, or when an error was not caught (`closing` is false). */
  beforeEnd(callback: (closing: boolean) => void): void;
}

export interface RunnerOptions {
  transferResults: boolean;
}

/** Takes batches from `port` until the worker ends. */
export function serveTasks(port: TaskPort, resolve: Resolve, options: RunnerOptions): void {
  const queue: RunMessage[] = [];
  let running: BatchRun | undefined;
  port.listen((data) => {
    const message = data as ToWorker | null;
    switch (message?.joblite) {
      case 'run':
        queue.push(message);
        if (!running) void runAll();
        break;
      case 'drop':
        drop(message.call);
        break;
      case 'ping':
        post(port, { joblite: 'pong' });
        break;
      default: // a message of the user's own
    }
  });
  port.beforeEnd((closing) => {
    running?.report();
    // What the script still does after close() is not done by a living worker.
    if (running && closing) running.dropped = true;
  });
  void announceReady(port);

  async function runAll(): Promise<void> {
    for (let message = queue.shift(); message; message = queue.shift()) {
      const run = new BatchRun(port, message, options);
      running = run;
      await run.execute(resolve);
      running = undefined;
      if (run.dropped) drop(message.call);
    }
  }

  function drop(call: number): void {
    for (let i = queue.length - 1; i >= 0; i--) if (queue[i]?.call === call) queue.splice(i, 1);
    if (running?.message.call === call) running.dropped = true;
    else post(port, { joblite: 'dropped', call });
  }
}

function post(port: WorkerPort, message: FromWorker, transfer: Transferable[] = []): void {
  port.postMessage(message, transfer);
}

/** One batch while it runs. */
class BatchRun {
  readonly message: RunMessage;
  dropped = false;
  #port: WorkerPort;
  #options: RunnerOptions;
  /** Results that have not been sent, the index of the first of them, and of the task that runs. */
  #values: unknown[] = [];
  #first: number;
  #index: number;
  #reportedAt = 0;
  #reportedIndex = -1;
  #stage: 'load' | 'run' = 'load';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(port: WorkerPort, message: RunMessage, options: RunnerOptions) {
    this.#port = port;
    this.message = message;
    this.#options = options;
    this.#first = this.#index = message.first;
  }

  /** Never rejects: what goes wrong is sent. */
  async execute(resolve: Resolve): Promise<void> {
    const { first, functions, which, args, column, reportEach } = this.message;
    try {
      const resolved: TaskFunction[] = [];
      for (const ref of functions) {
        const found = resolve(ref);
        resolved.push(found instanceof Promise ? await found : found);
      }
      this.#stage = 'run';
      const startMs = now();
      this.#reportedAt = performance.now();
      for (let i = 0; i < args.length; i++) {
        this.#index = first + i;
        if (reportEach) this.report();
        if (performance.now() - this.#reportedAt >= REPORT_EVERY_MS) {
          this.report();
          this.#reportedAt = performance.now();
          await macrotask();
        }
        if (this.dropped) return;
        const fn = resolved[which ? (which[i] ?? 0) : 0] as (...args: unknown[]) => unknown;
        const result = column ? fn(args[i]) : fn(...(args[i] as unknown[]));
        const value = isThenable(result) ? await this.#waitFor(result) : result;
        if (this.dropped) return;
        this.#values.push(value);
      }
      const endMs = now();
      const { call, batch } = this.message;
      const done: DoneMessage = {
        joblite: 'done',
        call,
        batch,
        first: this.#first,
        values: this.#values,
        startMs,
        endMs,
      };
      this.#sendValues(done);
    } catch (thrown) {
      this.#fail(this.#index, toWire(thrown));
    } finally {
      clearTimeout(this.#timer);
    }
  }

  /** Sends what is finished and says which task runs. */
  report(): void {
    if (this.#index === this.#reportedIndex || this.dropped) return;
    this.#reportedIndex = this.#index;
    const { call, batch } = this.message;
    const values = this.#values;
    const report: ReportMessage = {
      joblite: 'report',
      call,
      batch,
      first: this.#first,
      values,
      running: this.#index,
    };
    this.#values = [];
    this.#first += values.length;
    this.#sendValues(report);
  }

  /** While a task waits, the results before it are due as well. */
  #waitFor(result: PromiseLike<unknown>): PromiseLike<unknown> {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.report();
    }, REPORT_EVERY_MS);
    return result;
  }

  #sendValues(message: DoneMessage | ReportMessage): void {
    const transfer: Transferable[] = [];
    try {
      if (this.#options.transferResults) {
        const buffers = new Set<Transferable>();
        collectBuffers(message.values, buffers);
        transfer.push(...buffers);
      }
      collectTransfers(message.values, transfer);
      post(this.#port, message, transfer);
    } catch (error) {
      this.#failUnclonable(message, error);
    }
  }

  #failUnclonable({ first, values }: DoneMessage | ReportMessage, error: unknown): void {
    const paths = values.map((value) => findUnclonable(value));
    const bad = Math.max(
      paths.findIndex((path) => path !== undefined),
      0,
    );
    this.#fail(first + bad, unclonable(first + bad, paths[bad] ?? '$', error));
  }

  #fail(index: number, error: WireError): void {
    if (this.dropped) return;
    // The rest of the call is of no use to anybody.
    this.dropped = true;
    const { call, batch } = this.message;
    const failed: FailedMessage = {
      joblite: 'failed',
      call,
      batch,
      index,
      stage: this.#stage,
      error,
    };
    post(this.#port, failed);
  }
}

function unclonable(taskIndex: number, path: string, cause: unknown): WireError {
  const message = `the result of task ${taskIndex} cannot be sent to the caller (at ${path}): return data, and hand over what cannot be copied with transfer()`;
  return {
    type: 'joblite',
    name: 'TaskError',
    code: 'TASK_NOT_CLONEABLE',
    message,
    details: { taskIndex, path },
    cause: toWire(cause),
  };
}

/** In ms on a clock that all threads share. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
