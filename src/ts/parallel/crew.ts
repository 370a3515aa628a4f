// The workers that one call has: hired from the pool within the places of its `Parallel`, numbered
// from 0, given back or ended.

import type { Factory } from './functions.js';
import { acquire, end, type PoolWorker, release, type WorkerClient } from './pool.js';
import type { Slots } from './slots.js';

/** What happens to the workers that are busy when the call ends. */
export type Leftover = 'drain' | 'end';

/** A worker while it is the call's. */
export interface Lease {
  /** The lowest that is free: a timeline has a row for each. */
  number: number;
  worker: PoolWorker;
  /** The batches that it has. */
  batches: Set<number>;
}

export interface CrewOptions {
  call: number;
  slots: Slots;
  owner: object;
  nJobs: number;
  idleWorkerTimeoutMs: number;
  /** Others need `count` places: releases idle workers that the call has no use for now. */
  spare: (count: number) => void;
}

export class Crew {
  #options: CrewOptions;
  #client: WorkerClient;
  #leases = new Map<PoolWorker, Lease>();
  #numbers: (Lease | undefined)[] = [];
  #disbanded = false;
  #unshare: () => void;

  constructor(client: WorkerClient, options: CrewOptions) {
    this.#client = client;
    this.#options = options;
    this.#unshare = options.slots.share(options.spare);
  }

  get size(): number {
    return this.#leases.size;
  }

  numbered(number: number): Lease | undefined {
    return this.#numbers[number];
  }

  of(worker: PoolWorker): Lease | undefined {
    return this.#leases.get(worker);
  }

  /**
   * A worker of `factory`, when there is a place and it is ready; none if the call is over by then.
   *
   * @throws WorkersForbidden, or TaskError WORKER_START_FAILED.
   */
  async hire(factory: Factory): Promise<Lease | undefined> {
    const { slots, owner, nJobs, idleWorkerTimeoutMs } = this.#options;
    await slots.take();
    let worker: PoolWorker | undefined;
    try {
      if (!this.#disbanded) worker = await acquire(factory, owner, this.#client, nJobs);
    } catch (error) {
      slots.give();
      throw error;
    }
    if (!worker || this.#disbanded) {
      if (worker) release(worker, idleWorkerTimeoutMs);
      slots.give();
      return undefined;
    }
    const free = this.#numbers.indexOf(undefined);
    const number = free >= 0 ? free : this.#numbers.length;
    const lease = { number, worker, batches: new Set<number>() };
    this.#numbers[number] = lease;
    this.#leases.set(worker, lease);
    return lease;
  }

  /** To be called when workers may have become idle: others may wait for their places. */
  share(): void {
    const { slots, spare } = this.#options;
    if (slots.waiting > 0) spare(slots.waiting);
  }

  /** The worker goes back to the pool. */
  release(lease: Lease): void {
    this.leave(lease);
    release(lease.worker, this.#options.idleWorkerTimeoutMs);
  }

  end(lease: Lease): void {
    this.leave(lease);
    end(lease.worker);
  }

  /** The worker is no more the call's, and its place is free. */
  leave(lease: Lease): void {
    this.#forget(lease);
    this.#options.slots.give();
  }

  /** The call is over. */
  disband(leftover: Leftover): void {
    this.#disbanded = true;
    this.#unshare();
    for (const lease of [...this.#leases.values()]) {
      if (lease.batches.size === 0) this.release(lease);
      else if (leftover === 'end') this.end(lease);
      else this.#drain(lease);
    }
  }

  #forget({ number, worker }: Lease): void {
    this.#numbers[number] = undefined;
    this.#leases.delete(worker);
  }

  /** The worker ends the task that it runs, unless its place is needed before. */
  #drain(lease: Lease): void {
    const { call, slots, idleWorkerTimeoutMs } = this.#options;
    const { worker } = lease;
    this.#forget(lease);
    const leave = (): void => {
      keep();
      slots.give();
    };
    const keep = slots.lend(() => {
      end(worker);
      leave();
    });
    worker.client = {
      message: (_, message) => {
        if (message.joblite !== 'dropped' || message.call !== call) return;
        release(worker, idleWorkerTimeoutMs);
        leave();
      },
      gone: leave,
    };
    worker.post({ joblite: 'drop', call });
  }
}
