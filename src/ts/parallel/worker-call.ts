// One call of `Parallel` over workers: carries out what the scheduler says and tells it what happens.
// The scheduler decides who runs what and when; this file owns promises, workers and results.

import { TaskError } from '../errors.js';
import type { Engine } from '../wasm.js';
import { buildBatch, unclonableTask } from './batch-message.js';
import { explainReferenceError, type Factory, taskFunction } from './functions.js';
import type { Input } from './input.js';
import type { Settings } from './options.js';
import { acquire, end, type PoolWorker, release, type WorkerClient } from './pool.js';
import type {
  DoneMessage,
  FailedMessage,
  FromWorker,
  FunctionRef,
  ReportMessage,
} from './protocol.js';
import { timedOut } from './run-here.js';
import { Scheduler, type SchedulerHandler } from './scheduler.js';
import type { Slots } from './slots.js';
import { WorkersForbidden } from './start-worker.js';
import type { Task } from './task.js';
import { fromWire } from './unwire.js';
import type { Gone } from './worker-handle.js';

/** No task has run, and no worker can: the caller's realm has to. */
export class FallBack extends Error {}

/** What happens to the workers that are busy when the call ends. */
type Leftover = 'drain' | 'end';

interface Lease {
  number: number;
  worker: PoolWorker;
  batches: Set<number>;
}

interface InFlight {
  count: number;
  functions: FunctionRef[];
}

let calls = 0;

/** Runs all tasks of `input`; the results in their order. */
export function runOnWorkers(
  engine: Engine,
  input: Input,
  settings: Settings,
  slots: Slots,
  owner: object,
  signal: AbortSignal,
): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const call = new WorkerCall(engine, input, settings, slots, owner, signal, resolve, reject);
    call.begin();
  });
}

class WorkerCall implements SchedulerHandler, WorkerClient {
  #id = ++calls;
  #input: Input;
  #settings: Settings;
  #slots: Slots;
  #owner: object;
  #signal: AbortSignal;
  #resolve: (results: unknown[]) => void;
  #reject: (reason: unknown) => void;
  #scheduler: Scheduler;
  #startMs = performance.timeOrigin + performance.now();

  #over = false;
  /** By index; a task is let go when it is done. */
  #tasks: (Task | undefined)[] = [];
  #results: unknown[] = [];
  #done = 0;
  #wanted = 0;
  #pumping = false;
  #factories: Factory[] = [];
  #leases = new Map<PoolWorker, Lease>();
  #numbers: (Lease | undefined)[] = [];
  #inFlight = new Map<number, InFlight>();
  /** What a task threw, and why a worker is gone, until the scheduler says that this ends the call. */
  #thrown: unknown;
  #gone: Gone | undefined;
  #onAbort = (): void => this.#fail(this.#signal.reason, 'end');

  constructor(
    engine: Engine,
    input: Input,
    settings: Settings,
    slots: Slots,
    owner: object,
    signal: AbortSignal,
    resolve: (results: unknown[]) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#input = input;
    this.#settings = settings;
    this.#slots = slots;
    this.#owner = owner;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    const { nJobs, batchSize, preDispatch, timeoutMs, onProgress } = settings;
    this.#scheduler = new Scheduler(
      engine,
      {
        nJobs,
        batchSize,
        preDispatch,
        total: input.total,
        timeoutMs,
        progress: onProgress !== undefined,
      },
      this,
    );
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
    void this.#startWorker(factory);
  }

  end(number: number): void {
    const lease = this.#forget(number);
    if (!lease) return;
    end(lease.worker);
    this.#slots.give();
  }

  release(number: number): void {
    const lease = this.#forget(number);
    if (!lease) return;
    release(lease.worker, this.#settings.idleWorkerTimeoutMs);
    this.#slots.give();
  }

  send(number: number, batch: number, first: number, count: number): void {
    const lease = this.#numbers[number];
    if (!lease) return;
    const tasks = this.#tasks.slice(first, first + count) as Task[];
    const { message, transfer } = buildBatch(tasks, first, {
      call: this.#id,
      batch,
      reportEach: this.#settings.timeoutMs !== undefined,
    });
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
    this.#settings.onProgress?.({
      done,
      total,
      dispatched,
      elapsedMs,
      remainingMs,
      workers: this.#leases.size,
    });
  }

  finish(): void {
    this.#settle('drain');
    this.#resolve(this.#results);
  }

  fail(failure: 'task' | 'lost' | 'timeout', index: number, last: number): void {
    if (failure === 'task') this.#fail(this.#thrown, 'drain');
    else if (failure === 'lost') this.#fail(this.#lostError(index, last), 'end');
    else this.#fail(timedOut(index, this.#settings.timeoutMs ?? 0), 'end');
  }

  // What workers say.

  message(worker: PoolWorker, message: FromWorker): void {
    const lease = this.#leases.get(worker);
    if (!lease || !('call' in message) || message.call !== this.#id) return;
    this.#guard(() => {
      if (message.joblite === 'report') this.#reported(lease, message);
      else if (message.joblite === 'done') this.#batchDone(lease, message);
      else if (message.joblite === 'failed') this.#taskFailed(lease, message);
    });
  }

  gone(worker: PoolWorker, gone: Gone): void {
    const lease = this.#leases.get(worker);
    if (!lease) return;
    this.#forget(lease.number);
    this.#slots.give();
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
    const count = this.#inFlight.get(batch)?.count ?? 0;
    this.#inFlight.delete(batch);
    this.#settings.onBatch?.({
      worker: lease.number,
      first: first + values.length - count,
      count,
      startMs: startMs - this.#startMs,
      endMs: endMs - this.#startMs,
    });
    this.#scheduler.batchDone(lease.number, batch, endMs - startMs);
  }

  #taskFailed({ number }: Lease, message: FailedMessage): void {
    this.#thrown = this.#taskError(message);
    if (this.#thrown instanceof FallBack) this.#fail(this.#thrown, 'end');
    else this.#scheduler.taskFailed(number, message.index);
  }

  #store(first: number, values: unknown[]): void {
    for (let i = 0; i < values.length; i++) {
      this.#results[first + i] = values[i];
      this.#tasks[first + i] = undefined;
    }
    this.#done += values.length;
  }

  #taskError({ index, stage, error: wire }: FailedMessage): unknown {
    const error = fromWire(wire);
    const task = this.#tasks[index];
    const ref = task && taskFunction(task.fn, index).ref;
    if (!ref) return error;
    if (stage === 'run') return explainReferenceError(ref, wire, index, error) ?? error;
    const said = wire.message ?? '';
    if (ref.kind === 'source' && wire.type === 'EvalError') {
      const why = `the page's Content-Security-Policy forbids to evaluate a function's source text (${said}); workerTasks() and fromModule() work under it`;
      if (this.#onlySourceText()) return new FallBack(why);
      return new TaskError(
        'WORKER_START_FAILED',
        `the function of task ${index} cannot run in a worker: ${why}`,
        { taskIndex: index },
        { cause: error },
      );
    }
    if (ref.kind === 'module') {
      const message = `${ref.name} of ${ref.url}, the function of task ${index}, could not be loaded in the worker: ${said}`;
      return new TaskError('WORKER_START_FAILED', message, { taskIndex: index }, { cause: error });
    }
    return error;
  }

  /** Nothing has run, and nothing of what was sent can. */
  #onlySourceText(): boolean {
    return (
      this.#done === 0 &&
      [...this.#inFlight.values()].every(({ functions }) =>
        functions.every(({ kind }) => kind === 'source'),
      )
    );
  }

  #lostError(index: number, last: number): TaskError {
    const which =
      last > index
        ? `task ${index} (or one of those up to ${last}, which it had in the same batch)`
        : `task ${index}`;
    const why = this.#gone?.text ?? 'it is gone';
    const message = `the worker that ran ${which} was lost: ${why}. The task may have used too much memory, called close(), or left an error uncaught; the next call starts a new worker.`;
    const cause = this.#gone?.cause === undefined ? undefined : { cause: this.#gone.cause };
    return new TaskError(
      'WORKER_LOST',
      message,
      { taskIndex: index, lastTaskIndex: last, reason: this.#gone?.reason },
      cause,
    );
  }

  // The input.

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
        const task = await this.#input.nextAsync();
        if (this.#over) return;
        if (!task) return this.#scheduler.ended();
        this.#wanted--;
        this.#scheduler.added(this.#add(task), 1);
      }
      this.#pumping = false;
    } catch (error) {
      this.#fail(error, 'drain');
    }
  }

  /** The number of the task's factory. */
  #add(task: Task): number {
    const index = this.#tasks.push(task) - 1;
    const { factory } = taskFunction(task.fn, index);
    const known = this.#factories.indexOf(factory);
    return known >= 0 ? known : this.#factories.push(factory) - 1;
  }

  // Workers.

  async #startWorker(factoryNumber: number): Promise<void> {
    await this.#slots.take();
    const factory = this.#factories[factoryNumber];
    if (this.#over || !factory) return this.#slots.give();
    try {
      const worker = await acquire(factory, this.#owner, this, this.#settings.nJobs);
      if (this.#over) {
        release(worker, this.#settings.idleWorkerTimeoutMs);
        return this.#slots.give();
      }
      const free = this.#numbers.indexOf(undefined);
      const lease = {
        number: free >= 0 ? free : this.#numbers.length,
        worker,
        batches: new Set<number>(),
      };
      this.#numbers[lease.number] = lease;
      this.#leases.set(worker, lease);
      this.#guard(() => this.#scheduler.workerReady(lease.number, factoryNumber));
    } catch (error) {
      this.#slots.give();
      const nothingRan = this.#done === 0 && this.#inFlight.size === 0;
      this.#fail(
        error instanceof WorkersForbidden && nothingRan
          ? new FallBack(error.message)
          : startError(error),
        'drain',
      );
    }
  }

  #forget(number: number): Lease | undefined {
    const lease = this.#numbers[number];
    if (lease) {
      this.#numbers[number] = undefined;
      this.#leases.delete(lease.worker);
    }
    return lease;
  }

  // The end.

  /** What goes wrong in a callback of the user's, in the engine or in the input ends the call. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error, 'drain');
    }
  }

  #fail(reason: unknown, leftover: Leftover): void {
    if (this.#over) return;
    this.#settle(leftover);
    if (reason instanceof FallBack) this.#input.putBack(this.#tasks as Task[]);
    else this.#input.close();
    this.#tasks = [];
    this.#reject(reason);
  }

  #settle(leftover: Leftover): void {
    this.#over = true;
    this.#scheduler.free();
    this.#signal.removeEventListener('abort', this.#onAbort);
    for (const lease of [...this.#leases.values()]) {
      if (lease.batches.size === 0) this.release(lease.number);
      else if (leftover === 'end') this.end(lease.number);
      else this.#drain(lease);
    }
    this.#inFlight.clear();
  }

  /** The worker ends the task that it runs, unless its place is needed before. */
  #drain({ number, worker }: Lease): void {
    this.#forget(number);
    const leave = (how: () => void): void => {
      keep();
      how();
      this.#slots.give();
    };
    const keep = this.#slots.lend(() => leave(() => end(worker)));
    worker.client = {
      message: (_, message) => {
        if (message.joblite === 'dropped' && message.call === this.#id)
          leave(() => release(worker, this.#settings.idleWorkerTimeoutMs));
      },
      gone: () => leave(() => {}),
    };
    worker.post({ joblite: 'drop', call: this.#id });
  }
}

function startError(error: unknown): unknown {
  return error instanceof WorkersForbidden
    ? new TaskError('WORKER_START_FAILED', error.message)
    : error;
}
