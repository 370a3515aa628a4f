// Making room: which results go is decided by their metadata (`src/store/evict.rs`), one tab at a time.

import { awaitEngine } from '../wasm.js';
import type { Operation } from './store.js';
import type { StoreDriver } from './store-driver.js';

/** What may stay; undefined is no limit. */
export interface SizeLimits {
  /** The bytes of all results together. */
  readonly bytesLimit?: number | undefined;
  /** Their number. */
  readonly itemsLimit?: number | undefined;
  /** Results last used at this time or before, in ms since 1970, go. */
  readonly olderThanMs?: number | undefined;
}

/** What went. */
export interface Removed {
  readonly items: number;
  readonly bytes: number;
}

/** So many results are removed by one commit: others get their turn between two. */
const BATCH = 1000;

/** Where there are no Web Locks: what this realm is evicting. */
const here = new Set<string>();

export class Eviction {
  readonly #lock: string;
  readonly #driver: StoreDriver;
  readonly #commit: (operations: readonly Operation[]) => Promise<void>;

  /** Of the store `name`; `commit` removes, and tells who has to know. */
  constructor(
    name: string,
    driver: StoreDriver,
    commit: (operations: readonly Operation[]) => Promise<void>,
  ) {
    this.#lock = `joblite-evict-${name}`;
    this.#driver = driver;
    this.#commit = commit;
  }

  /** Removes results below `dir` until the limits hold; nothing while somebody else is doing it. */
  async reduce(dir: string, limits: SizeLimits): Promise<Removed> {
    return (await this.#alone(true, () => this.#remove(dir, limits))) ?? { items: 0, bytes: 0 };
  }

  /**
   * Removes results, wherever they lie, so that an entry of `nbytes` may fit; more at each `attempt`.
   * False if there is nothing to be gained.
   */
  async makeRoom(nbytes: number, attempt: number): Promise<boolean> {
    const quota = (await globalThis.navigator?.storage?.estimate?.().catch(() => undefined))?.quota;
    if (quota !== undefined && nbytes > quota) return false;
    const removed = await this.#alone(false, async () => {
      const [, size] = await awaitEngine(() => this.#driver.totals(''));
      // A tenth, so that the next writes fit too and do not evict one by one.
      const wanted = Math.max(2 * nbytes, size / 10) * 4 ** attempt;
      return this.#remove('', { bytesLimit: Math.max(0, size - wanted) });
    });
    return removed !== undefined && removed.items > 0;
  }

  async #remove(
    dir: string,
    { bytesLimit, itemsLimit, olderThanMs }: SizeLimits,
  ): Promise<Removed> {
    const [paths, sizes] = await awaitEngine(() =>
      this.#driver.victims(dir, bytesLimit, itemsLimit, olderThanMs),
    );
    for (let i = 0; i < paths.length; i += BATCH) {
      const batch = paths.slice(i, i + BATCH);
      await this.#commit(batch.map((path) => ['deletePrefix', `${path}/`] as const));
    }
    return { items: paths.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  }

  async #alone<T>(ifAvailable: boolean, run: () => Promise<T>): Promise<T | undefined> {
    const locks = globalThis.navigator?.locks;
    if (locks) {
      return locks.request(this.#lock, { ifAvailable }, (lock) => (lock ? run() : undefined));
    }
    if (here.has(this.#lock)) return undefined;
    here.add(this.#lock);
    try {
      return await run();
    } finally {
      here.delete(this.#lock);
    }
  }
}
