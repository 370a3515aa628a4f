// The workers of this realm: started when needed, kept between calls, ended after they were idle
// for a while. Which call a worker serves is the call's business (`worker-call.ts`).

import { cpuCount } from './cpu-count.js';
import type { Factory } from './functions.js';
import type { FromWorker, ToWorker } from './protocol.js';
import { isNode } from './realm.js';
import { startWorker } from './start-worker.js';
import type { Gone, WorkerHandle } from './worker-handle.js';

/** Whoever has a worker. */
export interface WorkerClient {
  message(worker: PoolWorker, message: FromWorker): void;
  gone(worker: PoolWorker, gone: Gone): void;
}

/** Without Web Locks, an idle worker that does not answer within this time is taken for dead. */
const PING_MS = 1000;

/** A worker of the pool. */
export class PoolWorker {
  readonly factory: Factory;
  /** The `Parallel` that it served last: ended with it. */
  owner: object;
  client: WorkerClient | undefined;
  handle: WorkerHandle | undefined;
  idleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(factory: Factory, owner: object) {
    this.factory = factory;
    this.owner = owner;
  }

  post(message: ToWorker, transfer?: Transferable[]): void {
    this.handle?.post(message, transfer);
  }
}

/** All that were started and have not ended, and those of them that serve nobody, longest idle first. */
const workers = new Set<PoolWorker>();
const idle = new Set<PoolWorker>();

/**
 * A ready worker of `factory` for `client`: an idle one, or a new one.
 *
 * @throws WorkersForbidden, or TaskError WORKER_START_FAILED.
 */
export async function acquire(
  factory: Factory,
  owner: object,
  client: WorkerClient,
  nJobs: number,
): Promise<PoolWorker> {
  for (let found = takeIdle(factory); found; found = takeIdle(factory)) {
    found.owner = owner;
    if (await answers(found)) {
      found.client = client;
      found.handle?.keepProcessAlive(true);
      return found;
    }
    end(found);
  }
  makeRoom(factory, nJobs);
  const worker = new PoolWorker(factory, owner);
  workers.add(worker);
  try {
    await startWorker(factory, {
      onMessage: (data) => {
        if (isOurs(data)) worker.client?.message(worker, data);
      },
      onGone: (gone) => {
        const { client } = worker;
        end(worker);
        client?.gone(worker, gone);
      },
      onHandle: (handle) => {
        worker.handle = handle;
      },
    });
  } catch (error) {
    end(worker);
    throw error;
  }
  worker.client = client;
  return worker;
}

/** Gives a worker back; it ends if nobody wants it for `idleMs`. */
export function release(worker: PoolWorker, idleMs: number): void {
  worker.client = undefined;
  if (!workers.has(worker)) return;
  if (!worker.handle?.alive) {
    end(worker);
    return;
  }
  idle.add(worker);
  worker.handle.keepProcessAlive(false);
  worker.idleTimer = setTimeout(() => end(worker), Math.min(idleMs, 0x7fffffff));
  if (isNode()) (worker.idleTimer as unknown as { unref(): void }).unref();
}

/** Ends a worker at once. */
export function end(worker: PoolWorker): void {
  clearTimeout(worker.idleTimer);
  worker.client = undefined;
  workers.delete(worker);
  idle.delete(worker);
  worker.handle?.terminate();
}

/** Ends all workers that served `owner` last, those that are starting for it included. */
export function endOwned(owner: object): void {
  for (const worker of [...workers]) if (worker.owner === owner) end(worker);
}

function takeIdle(factory: Factory): PoolWorker | undefined {
  for (const worker of idle) {
    if (worker.factory !== factory) continue;
    idle.delete(worker);
    clearTimeout(worker.idleTimer);
    return worker;
  }
  return undefined;
}

/** So that workers of many factories do not pile up: one that idles for another factory gives way. */
function makeRoom(factory: Factory, nJobs: number): void {
  const limit = Math.max(cpuCount(), nJobs);
  for (const worker of idle) {
    if (workers.size < limit) return;
    if (worker.factory !== factory) end(worker);
  }
}

function isOurs(data: unknown): data is FromWorker {
  return (
    typeof data === 'object' &&
    data !== null &&
    typeof (data as { joblite?: unknown }).joblite === 'string'
  );
}

/** A worker that holds a Web Lock, or runs under Node, would have been reported dead. */
function answers(worker: PoolWorker): boolean | Promise<boolean> {
  const { handle } = worker;
  if (!handle?.alive) return false;
  if (handle.lock !== null || isNode()) return true;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), PING_MS);
    const answer = (alive: boolean): void => {
      clearTimeout(timer);
      resolve(alive);
    };
    worker.client = {
      message: (_, { joblite }) => joblite === 'pong' && answer(true),
      gone: () => answer(false),
    };
    worker.post({ joblite: 'ping' });
  });
}
