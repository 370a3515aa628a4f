// One call of `Parallel` over workers: carries out what the scheduler says and tells it what happens.
// The scheduler decides who runs what and when; this file owns the promise and the results.

import type { Engine } from '../wasm.js';
import { buildBatch, unclonableTask } from './batch-message.js';
import { EVALUATION_FORBIDDEN, startError, taskError, workerLost } from './call-errors.js';
import { Crew, type Lease, type Leftover } from './crew.js';
import type { Factory } from './functions.js';
import type { Input } from './input.js';
import type { Settings } from './options.js';
import type { PoolWorker, WorkerClient } from './pool.js';
import type {
  DoneMessage,
  FailedMessage,
  FromWorker,
  FunctionRef,
  ReportMessage,
} from './protocol.js';
import { Scheduler, type SchedulerHandler } from './scheduler.js';
import type { Slots } from './slots.js';
import { WorkersForbidden } from './start-worker.js';
import type { Task } from './task.js';
import { taskFunction } from './task-function.js';
import { timedOut } from './timed-out.js';
import type { Gone } from './worker-handle.js';

/** No task has run, and no worker can: the caller's realm has to. The message says why. */
export class FallBack extends Error {}

interface InFlight {
  count: number;
  functions: FunctionRef[];
}

/** What a call works with. */
export interface CallContext {
  engine: Engine;
  input: Input;
  settings: Settings;
  /** The places and the name of its `Parallel`. */
  slots: Slots;
  owner: object;
  signal: AbortSignal;
}

interface Outcome {
  resolve: (results: unknown[]) => void;
  reject: (reason: unknown) => void;
}

/** Runs all tasks of the input; the results in their order. */
export function runOnWorkers(context: CallContext): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    new WorkerCall(context, { resolve, reject }).begin();
  });
}

let calls = 0;

class WorkerCall implements SchedulerHandler, WorkerClient {
  #id = ++calls;
  #input: Input;
  #settings: Settings;
  #signal: AbortSignal;
  #outcome: Outcome;
  #scheduler: Scheduler;
  #crew: Crew;
  #startMs = performance.timeOrigin + performance.now();
  #over = false;

  /** By index; a task is let go when it is done. */
  #tasks: (Task | undefined)[] = [];
  #results: unknown[] = [];
  #done = 0;
  #inFlight = new Map<number, InFlight>();
  #factories: Factory[] = [];
  #lastFn: Task['fn'] | undefined;
  #lastFactory = -1;
  /** Tasks that the scheduler wants from the input, and whether somebody is at it. */
  #wanted = 0;
  #pumping = false;
  #underWay: Promise<Task | undefined> | undefined;

  /** What a task threw, and why a worker is gone, until the scheduler says that this ends the call. */
  #thrown: unknown;
  #gone: Gone | undefined;
  #onAbort = (): void => this.#fail(this.#signal.reason, 'end');

  constructor({ engine, input, settings, slots, owner, signal }: CallContext, outcome: Outcome) {
    this.#input = input;
    this.#settings = settings;
    this.#signal = signal;
    this.#outcome = outcome;
    const { nJobs, batchSize, preDispatch, timeoutMs, onProgress, idleWorkerTimeoutMs } = settings;
    const progress = onProgress !== undefined;
    const { total } = input;
    const options = { nJobs, batchSize, preDispatch, total, timeoutMs, progress };
    this.#scheduler = new Scheduler(engine, options, this);
    const spare = (count: number): void => this.#guard(() => this.#scheduler.spare(count));
    const call = this.#id;
    this.#crew = new Crew(this, { call, slots, owner, nJobs, idleWorkerTimeoutMs, spare });
  }

  begin(): void {
    this.#signal.addEventListener('abort', this.#onAbort);
    if (this.#signal.aborted) this.#onAbort();
    else this.#guard(() => this.#scheduler.begin());
  }

  // What the scheduler says.

  pull(count: number): void {
    this.#wanted += count;
    if (this.#pumping) return;
    this.#pumping = true;
    if (this.#input.isAsync) void this.#pumpAsync();
    else this.#guard(() => this.#pump());
  }

  start(factory: number): void {
    void this.#hire(factory);
  }

  end(number: number): void {
    const lease = this.#crew.numbered(number);
    if (lease) this.#crew.end(lease);
  }

  release(number: number): void {
    const lease = this.#crew.numbered(number);
    if (lease) this.#crew.release(lease);
  }

  send(number: number, batch: number, first: number, count: number): void {
    const lease = this.#crew.numbered(number);
    if (!lease) return;
    const tasks = this.#tasks.slice(first, first + count) as Task[];
    const reportEach = this.#settings.timeoutMs !== undefined;
    const { message, transfer } = buildBatch(tasks, first, { call: this.#id, batch, reportEach });
    try {
      lease.worker.post(message, transfer);
    } catch (error) {
      this.#fail(unclonableTask(tasks, first, error), 'drain');
      return;
    }
    lease.batches.add(batch);
    this.#inFlight.set(batch, { count, functions: message.functions });
  }

  progress(done: number, dispatched: number, elapsedMs: number, remainingMs: number | null): void {
    const total = this.#input.total ?? (this.#input.ended ? this.#tasks.length : null);
    const workers = this.#crew.size;
    this.#settings.onProgress?.({ done, total, dispatched, elapsedMs, remainingMs, workers });
  }

  finish(): void {
    this.#settle('drain');
    this.#outcome.resolve(this.#results);
  }

  fail(failure: 'task' | 'lost' | 'timeout', index: number, last: number): void {
    if (failure === 'task') this.#fail(this.#thrown, 'drain');
    else if (failure === 'lost') this.#fail(workerLost(index, last, this.#gone), 'end');
    else this.#fail(timedOut(index, this.#settings.timeoutMs ?? 0), 'end');
  }

  broke(error: unknown): void {
    this.#fail(error, 'drain');
  }

  // What workers say.

  message(worker: PoolWorker, message: FromWorker): void {
    const lease = this.#crew.of(worker);
    if (!lease || !('call' in message) || message.call !== this.#id) return;
    this.#guard(() => {
      if (message.joblite === 'report') this.#reported(lease, message);
      else if (message.joblite === 'done') this.#batchDone(lease, message);
      else if (message.joblite === 'failed') this.#taskFailed(lease, message);
    });
  }

  gone(worker: PoolWorker, gone: Gone): void {
    const lease = this.#crew.of(worker);
    if (!lease) return;
    this.#crew.leave(lease);
    this.#gone = gone;
    this.#guard(() => this.#scheduler.workerLost(lease.number));
  }

  #reported({ number }: Lease, { batch, first, values, running }: ReportMessage): void {
    this.#store(first, values);
    this.#scheduler.reported(number, batch, running);
  }

  #batchDone(lease: Lease, { batch, first, values, startMs, endMs }: DoneMessage): void {
    this.#store(first, values);
    lease.batches.delete(batch);
    const count = this.#inFlight.get(batch)?.count ?? values.length;
    this.#inFlight.delete(batch);
    this.#settings.onBatch?.({
      worker: lease.number,
      first: first + values.length - count,
      count,
      startMs: startMs - this.#startMs,
      endMs: endMs - this.#startMs,
    });
    this.#scheduler.batchDone(lease.number, batch, endMs - startMs);
    this.#crew.share();
  }

  #taskFailed(lease: Lease, message: FailedMessage): void {
    const { index, stage, error } = message;
    if (stage === 'load' && error.type === 'EvalError' && this.#onlySourceText()) {
      this.#fail(new FallBack(EVALUATION_FORBIDDEN), 'end');
      return;
    }
    const task = this.#tasks[index];
    this.#thrown = taskError(task && taskFunction(task.fn, index).ref, message);
    this.#scheduler.taskFailed(lease.number, index);
  }

  /** Nothing has run, and nothing of what was sent can. */
  #onlySourceText(): boolean {
    const sent = [...this.#inFlight.values()].flatMap(({ functions }) => functions);
    return this.#done === 0 && sent.every(({ kind }) => kind === 'source');
  }

  #store(first: number, values: unknown[]): void {
    for (let i = 0; i < values.length; i++) {
      this.#results[first + i] = values[i];
      this.#tasks[first + i] = undefined;
    }
    this.#done += values.length;
  }

  // The input.

  /** Tells of neighbours of one factory together: one call into the engine, not one a task. */
  #pump(): void {
    let factory = -1;
    let count = 0;
    while (this.#wanted > 0 && !this.#over) {
      const task = this.#input.next();
      if (!task) {
        this.#wanted = 0;
        this.#tell(factory, count);
        this.#scheduler.ended();
        return;
      }
      this.#wanted--;
      const its = this.#add(task);
      if (its !== factory) {
        this.#tell(factory, count);
        factory = its;
        count = 0;
      }
      count++;
    }
    this.#pumping = false;
    this.#tell(factory, count);
  }

  #tell(factory: number, count: number): void {
    if (count > 0) this.#scheduler.added(factory, count);
  }

  async #pumpAsync(): Promise<void> {
    try {
      while (this.#wanted > 0 && !this.#over) {
        this.#underWay = this.#input.nextAsync();
        const task = await this.#underWay;
        if (this.#over) return;
        this.#underWay = undefined;
        if (!task) return this.#scheduler.ended();
        this.#wanted--;
        this.#scheduler.added(this.#add(task), 1);
      }
      this.#pumping = false;
    } catch (error) {
      this.#fail(error, 'drain');
    }
  }

  /** Keeps the task; gives the number of its factory. Most tasks call the function of the one before. */
  #add(task: Task): number {
    const index = this.#tasks.push(task) - 1;
    if (task.fn !== this.#lastFn) {
      const { factory } = taskFunction(task.fn, index);
      const known = this.#factories.indexOf(factory);
      this.#lastFactory = known >= 0 ? known : this.#factories.push(factory) - 1;
      this.#lastFn = task.fn;
    }
    return this.#lastFactory;
  }

  async #hire(number: number): Promise<void> {
    const factory = this.#factories[number] as Factory;
    try {
      const lease = await this.#crew.hire(factory);
      if (!lease) return;
      this.#guard(() => this.#scheduler.workerReady(lease.number, number));
      this.#crew.share();
    } catch (error) {
      const nothingRan = this.#done === 0 && this.#inFlight.size === 0;
      const forbidden = error instanceof WorkersForbidden && nothingRan;
      this.#fail(forbidden ? new FallBack(error.message) : startError(error), 'drain');
    }
  }

  // The end.

  /** What goes wrong in a callback of the user's, in the engine or in the input ends the call. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.broke(error);
    }
  }

  #fail(reason: unknown, leftover: Leftover): void {
    if (this.#over) return;
    // First: whatever goes wrong below, the caller knows.
    this.#outcome.reject(reason);
    this.#settle(leftover);
    if (reason instanceof FallBack) this.#input.putBack(this.#tasks as Task[], this.#underWay);
    else this.#input.close();
    this.#tasks = [];
  }

  #settle(leftover: Leftover): void {
    this.#over = true;
    this.#scheduler.free();
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#crew.disband(leftover);
    this.#inFlight.clear();
  }
}
