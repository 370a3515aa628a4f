// A store of bytes on paths: IndexedDB where there is one, else the memory of this page or process.
// Knows nothing of values or of joblib's layout. Memory and the Python package both stand on it, and
// share one database; `src/store/` has the contract, `src/store/idb.rs` the database.

import { JobliteError } from '../errors.js';
import { awaitEngine, callEngine, type Engine, loadEngine } from '../wasm.js';
import { type ClaimOptions, type ClaimOutcome, Claims } from './claims.js';

type StoreHandle = ReturnType<Engine['newMemStore']>;

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

/** A result in the store: the directory at `path`, with the size of all its files. */
export interface StoredItem extends Entry {
  readonly funcId: string;
  readonly argsId: string;
}

/** What `openStore` takes. */
export interface StoreOptions {
  /** Separates applications that share an origin: their databases have different names. */
  readonly databasePrefix?: string | undefined;
  /** 'memory' for a store that ends with the page or process. */
  readonly backend?: 'indexeddb' | 'memory' | undefined;
}

/** How long a touch may wait for a commit to go along with. */
const TOUCH_DELAY_MS = 2000;
/** How long a database that did not open is left alone. */
const BLOCKED_PAUSE_MS = 60_000;

/** An open store. Every method rejects with a `StoreError` where it fails, and none hangs. */
export class Store {
  /** Where entries are; 'memory' also where IndexedDB is missing or refuses. */
  readonly kind: 'indexeddb' | 'memory';
  /** Why there is no IndexedDB, if it was asked for. */
  readonly reason: string | undefined;
  /** The database's name: stores of one name share what they hold. */
  readonly name: string;
  readonly #handle: StoreHandle;
  readonly #claims: Claims;
  readonly #closed: () => boolean;
  #touches = new Map<string, number>();
  #touchTimer: ReturnType<typeof setTimeout> | undefined;

  /** @internal */
  constructor(
    name: string,
    handle: StoreHandle,
    reason: string | undefined,
    kind: 'indexeddb' | 'memory',
    closed: () => boolean,
  ) {
    this.name = name;
    this.#handle = handle;
    this.kind = kind;
    this.reason = reason;
    this.#closed = closed;
    this.#claims = new Claims(name, kind === 'indexeddb', (path, owner, replaces) =>
      awaitEngine(() => handle.claim(path, owner, Date.now(), replaces)),
    );
  }

  /** The parts of an entry, freshly made, or null. Reads that are made at once share a transaction. */
  read(path: string): Promise<Part[] | null> {
    return awaitEngine(() => this.#handle.read(path) as Promise<Part[] | null>);
  }

  /**
   * Performs all operations in their order, or none; done when the transaction is. Commits that are
   * made at once share one. Parts must not change before that; views of wasm memory are not taken.
   */
  async commit(
    operations: readonly Operation[],
    { durability = 'relaxed' }: { durability?: 'relaxed' | 'strict' } = {},
  ): Promise<void> {
    const all = [...this.#takeTouches(), ...operations];
    await awaitEngine(() => this.#handle.commit(all, Date.now(), durability === 'strict'));
    const released = operations.flatMap(([kind, path]) => (kind === 'release' ? [path] : []));
    if (released.length > 0) this.#claims.released(released);
  }

  /** At most `limit` entries whose path starts with `prefix` and comes after `after`, by path. */
  async list(
    prefix: string,
    { after, limit = Infinity }: { after?: string | undefined; limit?: number | undefined } = {},
  ): Promise<Entry[]> {
    await this.flush();
    return entries(await awaitEngine(() => this.#handle.list(prefix, after, limit)));
  }

  /** The results below a location of `Memory`, by path; see `src/memory.rs` for what is one. */
  async items(location: string): Promise<StoredItem[]> {
    await this.flush();
    const [paths, funcIds, argsIds, sizes, times] = await awaitEngine(
      () =>
        this.#handle.items(location) as Promise<[string[], string[], string[], number[], number[]]>,
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
    const [count, size] = await awaitEngine(
      () => this.#handle.totals(prefix) as Promise<[number, number]>,
    );
    return { count, size };
  }

  /** The `n` entries whose path starts with `prefix` that were not used for longest, oldest first. */
  async oldest(prefix: string, n: number): Promise<Entry[]> {
    await this.flush();
    return entries(await awaitEngine(() => this.#handle.oldest(prefix, n)));
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
   * Writes what waits and closes the connection, once everyone who opened this store has closed it.
   * A call after that opens it again.
   */
  async close(): Promise<void> {
    await this.flush().catch(() => {});
    // What is in memory stays until the page or process ends.
    if (this.kind === 'memory' || !this.#closed()) return;
    this.#claims.close();
    callEngine(() => this.#handle.close());
  }

  #takeTouches(): Operation[] {
    if (this.#touchTimer !== undefined) clearTimeout(this.#touchTimer);
    this.#touchTimer = undefined;
    const touches = this.#touches;
    if (touches.size > 0) this.#touches = new Map();
    return Array.from(touches, ([path, lastAccessMs]) => ['touch', path, lastAccessMs] as const);
  }
}

interface Opened {
  readonly store: Promise<Store>;
  users: number;
}

/** The stores that are open, by backend and name: one connection for all who open the same. */
const opened = new Map<string, Opened>();

/**
 * Opens the store that JavaScript, Python and Rust share on this origin, or gives the one that is
 * open. Where IndexedDB is missing or refuses, the store is in memory, and `reason` says why.
 *
 * @throws `STORE_BLOCKED` if the database does not open in time
 * @example
 * const store = await openStore({ databasePrefix: 'my-app' });
 * await store.commit([['put', 'cache/a', [new Uint8Array([1, 2])]]]);
 * await store.read('cache/a'); // [Uint8Array [1, 2]]
 */
export function openStore({
  databasePrefix = '',
  backend = 'indexeddb',
}: StoreOptions = {}): Promise<Store> {
  const name = databaseName(databasePrefix);
  const key = `${backend} ${name}`;
  const known = opened.get(key);
  if (known) {
    known.users += 1;
    return known.store;
  }
  const forget = () => {
    if (opened.get(key) === entry) opened.delete(key);
  };
  const closed = () => {
    entry.users -= 1;
    if (entry.users > 0) return false;
    forget();
    return true;
  };
  const entry: Opened = { users: 1, store: open(name, backend, closed) };
  opened.set(key, entry);
  entry.store.catch((error: unknown) => {
    // Every caller would wait for as long as this one did.
    const blocked = error instanceof JobliteError && error.code === 'STORE_BLOCKED';
    if (blocked) later(forget, BLOCKED_PAUSE_MS);
    else forget();
  });
  return entry.store;
}

async function open(
  name: string,
  backend: 'indexeddb' | 'memory',
  closed: () => boolean,
): Promise<Store> {
  const engine = await loadEngine();
  let reason: string | undefined;
  if (backend === 'indexeddb') {
    try {
      const handle = (await awaitEngine(() => engine.openIdbStore(name))) as StoreHandle;
      return new Store(name, handle, undefined, 'indexeddb', closed);
    } catch (error) {
      if (!(error instanceof JobliteError && error.code === 'STORE_UNAVAILABLE')) throw error;
      reason = String(error.details.reason);
    }
  }
  return new Store(
    name,
    callEngine(() => engine.newMemStore()),
    reason,
    'memory',
    closed,
  );
}

/** `joblite-1` is the schema's name too: what is not compatible with it gets another one. */
function databaseName(prefix: string): string {
  return prefix === '' ? 'joblite-1' : `${prefix}-joblite-1`;
}

function entries([paths, sizes, times]: [string[], number[], number[]]): Entry[] {
  return paths.map((path, i) => ({ path, size: sizes[i] ?? 0, lastAccess: times[i] ?? 0 }));
}

/** A timer that does not keep Node alive. */
function later(run: () => void, delayMs: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(run, delayMs);
  if (typeof timer === 'object') timer.unref();
  return timer;
}
