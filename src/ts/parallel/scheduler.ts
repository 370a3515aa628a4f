// The door to the scheduler in the engine (`src/wasm/parallel.rs`): decodes its rows of numbers
// into calls of a handler.

import { callEngine, type Engine } from '../wasm.js';

/** What the scheduler wants done; see `Action` in `src/parallel/scheduler.rs`. */
export interface SchedulerHandler {
  pull(count: number): void;
  start(factory: number): void;
  end(worker: number): void;
  release(worker: number): void;
  send(worker: number, batch: number, first: number, count: number): void;
  progress(done: number, dispatched: number, elapsedMs: number, remainingMs: number | null): void;
  finish(): void;
  fail(failure: 'task' | 'lost' | 'timeout', index: number, last: number, worker: number): void;
  /** Carrying out what was due threw, with nobody on the stack to be told. */
  broke(error: unknown): void;
}

export interface SchedulerOptions {
  nJobs: number;
  batchSize: number | 'auto';
  preDispatch: number | 'all';
  total: number | undefined;
  timeoutMs: number | undefined;
  progress: boolean;
}

type EngineScheduler = InstanceType<Engine['ParallelScheduler']>;

const ROW = 6;
const FAILURES = { 1: 'task', 2: 'lost', 3: 'timeout' } as const;

/** The scheduler of one call; `free` it when the call is over. */
export class Scheduler {
  #engine: EngineScheduler | undefined;
  #handler: SchedulerHandler;
  /** Answers wait until the one that is being carried out is done: carrying out may tell of more. */
  #rows: Float64Array[] = [];
  #applying = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerMs = Number.POSITIVE_INFINITY;

  constructor(engine: Engine, options: SchedulerOptions, handler: SchedulerHandler) {
    const { nJobs, batchSize, preDispatch, total = -1, timeoutMs = 0, progress } = options;
    this.#handler = handler;
    this.#engine = callEngine(
      () =>
        new engine.ParallelScheduler(
          nJobs,
          batchSize === 'auto' ? 0 : batchSize,
          preDispatch === 'all' ? -1 : preDispatch,
          total,
          timeoutMs,
          clockResolutionMs(),
          progress,
          performance.now(),
        ),
    );
  }

  /** Carries out the first actions. */
  begin(): void {
    this.#tell((engine) => engine.take());
  }

  added(factory: number, count: number): void {
    this.#tell((engine, now) => engine.added(factory, count, now));
  }

  ended(): void {
    this.#tell((engine, now) => engine.ended(now));
  }

  workerReady(worker: number, factory: number): void {
    this.#tell((engine, now) => engine.workerReady(worker, factory, now));
  }

  workerLost(worker: number): void {
    this.#tell((engine, now) => engine.workerLost(worker, now));
  }

  reported(worker: number, batch: number, next: number): void {
    this.#tell((engine, now) => engine.reported(worker, batch, next, now));
  }

  batchDone(worker: number, batch: number, durationMs: number): void {
    this.#tell((engine, now) => engine.batchDone(worker, batch, durationMs, now));
  }

  taskFailed(worker: number, index: number): void {
    this.#tell((engine) => engine.taskFailed(worker, index));
  }

  /** Others need `count` places: idle workers for which nothing waits are released. */
  spare(count: number): void {
    this.#tell((engine) => engine.spare(count));
  }

  /** Ends it; what is told afterwards is ignored. */
  free(): void {
    clearTimeout(this.#timer);
    const engine = this.#engine;
    this.#engine = undefined;
    this.#rows = [];
    try {
      engine?.free();
    } catch {
      // A panic in one of its methods leaves it borrowed for ever.
    }
  }

  #tell(call: (engine: EngineScheduler, nowMs: number) => Float64Array): void {
    const engine = this.#engine;
    if (!engine) return;
    this.#rows.push(callEngine(() => call(engine, performance.now())));
    if (this.#applying) return;
    this.#applying = true;
    try {
      for (let rows = this.#rows.shift(); rows; rows = this.#rows.shift()) this.#apply(rows);
    } finally {
      this.#applying = false;
    }
    this.#setTimer();
  }

  #apply(rows: Float64Array): void {
    const handler = this.#handler;
    for (let i = 0; i < rows.length && this.#engine; i += ROW) {
      const [kind = 0, a = 0, b = 0, c = 0, d = 0] = rows.subarray(i, i + ROW);
      switch (kind) {
        case 1:
          handler.pull(a);
          break;
        case 2:
          handler.start(a);
          break;
        case 3:
          handler.end(a);
          break;
        case 4:
          handler.release(a);
          break;
        case 5:
          handler.send(a, b, c, d);
          break;
        case 7:
          handler.progress(a, b, c, Number.isNaN(d) ? null : d);
          break;
        case 8:
          handler.finish();
          break;
        case 9:
          handler.fail(FAILURES[a as 1 | 2 | 3], b, c, d);
          break;
        default: // 6 tells which results are complete from the start on; a list waits for all
      }
    }
  }

  /** One timer for what is due next; one that is early only asks again. */
  #setTimer(): void {
    const engine = this.#engine;
    if (!engine) return;
    const dueMs = callEngine(() => engine.deadlineMs());
    if (dueMs >= this.#timerMs || dueMs === Number.POSITIVE_INFINITY) return;
    clearTimeout(this.#timer);
    this.#timerMs = dueMs;
    const waitMs = Math.min(Math.max(dueMs - performance.now(), 0), 0x7fffffff);
    this.#timer = setTimeout(() => {
      this.#timerMs = Number.POSITIVE_INFINITY;
      try {
        this.#tell((live, now) => live.tick(now));
      } catch (error) {
        this.#handler.broke(error);
      }
    }, waitMs);
  }
}

let resolutionMs: number | undefined;

/** The step of `performance.now()`: browsers round it to between 0.005 and 1 ms. */
function clockResolutionMs(): number {
  if (resolutionMs === undefined) {
    const start = performance.now();
    let end = start;
    while (end === start) end = performance.now();
    resolutionMs = Math.min(end - start, 1);
  }
  return resolutionMs;
}
