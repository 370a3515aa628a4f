// An open store: bytes on paths, whoever keeps them, with claims, times of use and eviction.
// Knows nothing of values. `src/store/` has the contract.

import { JobliteError } from '../errors.js';
import { awaitEngine, callEngine, loadEngine } from '../wasm.js';
import { type ClaimOptions, type ClaimOutcome, Claims } from './claims.js';
import { Eviction, type Removed, type SizeLimits } from './eviction.js';
import { later } from './later.js';
import { Removals } from './removals.js';
import type { EntryColumns, StoreDriver } from './store-driver.js';

/** A piece of an entry; the entry is the concatenation of its parts, and their boundaries are kept. */
export type Part = Uint8Array | ArrayBuffer;

/**
 * One step of a commit. A path is any text without U+FFFF; a prefix is plain text too, so a
 * directory's ends with '/'. `move` needs its source; `touch` never creates an entry and never makes
 * its time older; `release` gives up a claim.
 */
export type Operation =
  | readonly ['put', path: string, parts: readonly Part[]]
  | readonly ['delete', path: string]
  | readonly ['deletePrefix', prefix: string]
  | readonly ['move', from: string, to: string]
  | readonly ['touch', path: string, lastAccessMs: number]
  | readonly ['release', path: string];

/** What a store knows about an entry without reading it; `size` in bytes, `lastAccess` in ms since 1970. */
export interface Entry {
  readonly path: string;
  readonly size: number;
  readonly lastAccess: number;
}

/** What a store is made of. */
export interface StoreParts {
  readonly name: string;
  readonly kind: string;
  readonly driver: StoreDriver;
  /** Whether other realms see the same entries. */
  readonly shared: boolean;
  readonly reason: string | undefined;
  /** Told of a close; says whether it was the last user's. */
  readonly closed: () => boolean;
}

/** A result in the store: the directory at `path`, with the size of all its files. */
export interface StoredItem extends Entry {
  readonly funcId: string;
  readonly argsId: string;
}

/** How long a touch may wait for a commit to go along with. */
const TOUCH_DELAY_MS = 2000;
/** How often room is made for one commit. */
const ROOM_ATTEMPTS = 3;

/** An open store. Every method rejects with a `StoreError` where it fails, and none hangs. */
export class Store {
  /** Where entries are: the backend's name; 'memory' also where that one is not available. */
  readonly kind: string;
  /** Why the store that was asked for is not available, if it is not. */
  readonly reason: string | undefined;
  /** Stores of one name share what they hold: an IndexedDB database's, or backend and name. */
  readonly name: string;
  readonly #driver: StoreDriver;
  readonly #claims: Claims;
  readonly #removals: Removals;
  readonly #eviction: Eviction;
  readonly #closed: () => boolean;
  #touches = new Map<string, number>();
  #touchTimer: ReturnType<typeof setTimeout> | undefined;

  /** @internal */
  constructor({ name, kind, driver, shared, reason, closed }: StoreParts) {
    this.name = name;
    this.kind = kind;
    this.reason = reason;
    this.#driver = driver;
    this.#closed = closed;
    this.#claims = new Claims(name, shared, (path, owner, replaces) =>
      awaitEngine(() => driver.claim(path, owner, Date.now(), replaces)),
    );
    this.#removals = new Removals(name, shared);
    this.#eviction = new Eviction(name, driver, (operations) => this.commit(operations));
  }

  /** The parts of an entry, freshly made, or null. Reads that are made at once share a transaction. */
  read(path: string): Promise<Part[] | null> {
    return awaitEngine(() => this.#driver.read(path));
  }

  /**
   * Performs all operations in their order, or none; done when the transaction is. Commits that are
   * made at once share one. Parts must not change before that; views of wasm memory are not taken.
   * Where there is no space, the results used least recently make room for what is put.
   */
  async commit(
    operations: readonly Operation[],
    { durability = 'relaxed' }: { durability?: 'relaxed' | 'strict' } = {},
  ): Promise<void> {
    const all = [...this.#takeTouches(), ...operations];
    await this.#commitWithRoom(all, durability === 'strict');
    const pathsOf = (...kinds: string[]) =>
      operations.flatMap(([kind, path]) => (kinds.includes(kind) ? [path] : []));
    const released = pathsOf('release');
    if (released.length > 0) this.#claims.released(released);
    this.#removals.tell(pathsOf('delete', 'deletePrefix', 'move'));
  }

  /** At most `limit` entries whose path starts with `prefix` and comes after `after`, by path. */
  async list(
    prefix: string,
    { after, limit = Infinity }: { after?: string | undefined; limit?: number | undefined } = {},
  ): Promise<Entry[]> {
    await this.flush();
    return entries(await awaitEngine(() => this.#driver.list(prefix, after, limit)));
  }

  /** The results below a location of `Memory`, by path; see `src/memory.rs` for what is one. */
  async items(location: string): Promise<StoredItem[]> {
    await this.flush();
    const dir = await storeDir(location);
    const [paths, funcIds, argsIds, sizes, times] = await awaitEngine(() =>
      this.#driver.items(dir),
    );
    return paths.map((path, i) => ({
      path,
      funcId: funcIds[i] ?? '',
      argsId: argsIds[i] ?? '',
      size: sizes[i] ?? 0,
      lastAccess: times[i] ?? 0,
    }));
  }

  /** The number and the bytes of the entries whose path starts with `prefix`. */
  async totals(prefix: string): Promise<{ count: number; size: number }> {
    const [count, size] = await awaitEngine(() => this.#driver.totals(prefix));
    return { count, size };
  }

  /** The `n` entries whose path starts with `prefix` that were not used for longest, oldest first. */
  async oldest(prefix: string, n: number): Promise<Entry[]> {
    await this.flush();
    return entries(await awaitEngine(() => this.#driver.oldest(prefix, n)));
  }

  /** Notes that an entry was used; written with the next commit, or a little later. */
  touch(path: string): void {
    this.#touches.set(path, Date.now());
    this.#touchTimer ??= later(() => {
      // A lost access time is no loss to speak of.
      this.flush().catch(() => {});
    }, TOUCH_DELAY_MS);
  }

  /** Writes the touches that wait. */
  async flush(): Promise<void> {
    if (this.#touches.size > 0) await this.commit([]);
  }

  /**
   * Asks to be the one, across tabs, who computes the entry at `path`, and waits while another does.
   *
   * @returns 'granted': compute it, then commit it together with `['release', path]`; 'present': read
   *   it; 'expired': the other takes longer than `timeoutMs`, compute it for yourself.
   */
  claim(path: string, options?: ClaimOptions): Promise<ClaimOutcome> {
    return this.#claims.claim(path, options);
  }

  /** Gives up a claim without a result. */
  release(path: string): Promise<void> {
    return this.commit([['release', path]]);
  }

  /**
   * Removes results below a location of `Memory`, those first that were not used for longest, until
   * its limits hold. Reads no data, and leaves what is being computed. While another tab does the same
   * nothing is done.
   *
   * @returns what was removed
   */
  async reduceSize(location: string, limits: SizeLimits = {}): Promise<Removed> {
    await this.flush();
    return this.#eviction.reduce(await storeDir(location), limits);
  }

  /**
   * Calls `listener` with each path or prefix that was removed, here or, best effort, in another tab:
   * what starts with it may be gone.
   *
   * @returns ends it
   */
  onRemoved(listener: (prefixOrPath: string) => void): () => void {
    return this.#removals.listen(listener);
  }

  /**
   * Writes what waits and closes the connection, once everyone who opened this store has closed it.
   * A call after that opens it again.
   */
  async close(): Promise<void> {
    await this.flush().catch(() => {});
    // What is in memory stays until the page or process ends.
    if (this.kind === 'memory' || !this.#closed()) return;
    this.#claims.close();
    this.#removals.close();
    await callEngine(() => this.#driver.close());
  }

  async #commitWithRoom(operations: readonly Operation[], strict: boolean): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await awaitEngine(() => this.#driver.commit(operations, Date.now(), strict));
        return;
      } catch (error) {
        const full = error instanceof JobliteError && error.code === 'QUOTA_EXCEEDED';
        const nbytes = full ? putBytes(operations) : 0;
        if (nbytes === 0 || attempt === ROOM_ATTEMPTS) throw error;
        const hasRoom = await this.#eviction.makeRoom(nbytes, attempt).catch(() => false);
        if (!hasRoom) throw error;
      }
    }
  }

  #takeTouches(): Operation[] {
    if (this.#touchTimer !== undefined) clearTimeout(this.#touchTimer);
    this.#touchTimer = undefined;
    const touches = this.#touches;
    if (touches.size > 0) this.#touches = new Map();
    return Array.from(touches, ([path, lastAccessMs]) => ['touch', path, lastAccessMs] as const);
  }
}

function entries([paths, sizes, times]: EntryColumns): Entry[] {
  return paths.map((path, i) => ({ path, size: sizes[i] ?? 0, lastAccess: times[i] ?? 0 }));
}

async function storeDir(location: string): Promise<string> {
  const engine = await loadEngine();
  return callEngine(() => engine.storeDir(location));
}

function putBytes(operations: readonly Operation[]): number {
  let nbytes = 0;
  for (const operation of operations) {
    if (operation[0] === 'put') for (const part of operation[2]) nbytes += part.byteLength;
  }
  return nbytes;
}
