// Opening a store by the name of its backend: IndexedDB, memory, the origin's private file system,
// joblib's directories on Node's disk, or one that was registered. Where that one is not available,
// the memory of this page or process. Memory and the Python package both stand on it, and share one
// database; `src/store/` has the contract, `src/store/idb.rs` the database.

import { JobliteError, StoreError } from '../errors.js';
import { awaitEngine, callEngine, type Engine, loadEngine } from '../wasm.js';
import { answerOf } from './backend-answer.js';
import { BackendDriver } from './backend-driver.js';
import { later } from './later.js';
import { Store, type StoreParts } from './opened-store.js';
import { type RegisteredStore, storeBackends } from './register-store-backend.js';
import type { StoreBackend } from './store-backend.js';
import type { StoreDriver } from './store-driver.js';

export type { Removed, SizeLimits } from './eviction.js';
export type { Entry, Operation, Part, Store, StoredItem } from './opened-store.js';

/** What `openStore` takes. */
export interface StoreOptions {
  /** Separates applications that share an origin: their databases have different names. */
  readonly databasePrefix?: string | undefined;
  /**
   * 'indexeddb' unless said; 'memory' for a store that ends with the page or process; 'opfs' for the
   * origin's private file system; 'local' for Node's disk; or a registered name.
   */
  readonly backend?: string | undefined;
  /** The folder of 'local': every path begins with it, and nothing outside of it is touched. */
  readonly location?: string | undefined;
}

/** How long a database that did not open is left alone. */
const BLOCKED_PAUSE_MS = 60_000;
/** How long an answer of joblite's own stores in JavaScript may take. */
const OWN_TIMEOUT_MS = 120_000;

interface Opened {
  readonly store: Promise<Store>;
  users: number;
}

/** The stores that are open, by backend and name: one connection for all who open the same. */
const opened = new Map<string, Opened>();

/**
 * Opens the store that JavaScript, Python and Rust share on this origin, or gives the one that is
 * open. Where the backend is not available the store is in memory, and `reason` says why.
 *
 * @throws `STORE_BLOCKED` if the database does not open in time; `TypeError` for a backend that is
 *   not known
 * @example
 * const store = await openStore({ databasePrefix: 'my-app' });
 * await store.commit([['put', 'cache/a', [new Uint8Array([1, 2])]]]);
 * await store.read('cache/a'); // [Uint8Array [1, 2]]
 */
export function openStore(options: StoreOptions = {}): Promise<Store> {
  const key = keyOf(options);
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
  const entry: Opened = { users: 1, store: openAnother(options, closed) };
  opened.set(key, entry);
  entry.store.catch((error: unknown) => {
    // Every caller would wait for as long as this one did.
    const blocked = error instanceof JobliteError && error.code === 'STORE_BLOCKED';
    if (blocked) later(forget, BLOCKED_PAUSE_MS);
    else forget();
  });
  return entry.store;
}

/** Opens a store that shares no connection with another one of its name. */
export async function openAnother(
  options: StoreOptions,
  closed: () => boolean = () => true,
): Promise<Store> {
  const engine = await loadEngine();
  try {
    return new Store({ ...(await connect(engine, options)), reason: undefined, closed });
  } catch (error) {
    if (!(error instanceof JobliteError && error.code === 'STORE_UNAVAILABLE')) throw error;
    const reason = String(error.details.reason);
    return new Store({
      ...(await connect(engine, { ...options, backend: 'memory' })),
      reason,
      closed,
    });
  }
}

type Connected = Pick<StoreParts, 'name' | 'kind' | 'driver' | 'shared'>;

async function connect(engine: Engine, options: StoreOptions): Promise<Connected> {
  const { databasePrefix = '', backend = 'indexeddb', location } = options;
  const database = databaseName(databasePrefix);
  const registered = storeBackends.get(backend);
  if (registered) return drive(engine, keyOf(options), backend, registered, database);
  switch (backend) {
    case 'indexeddb': {
      const driver = (await awaitEngine(() => engine.openIdbStore(database))) as StoreDriver;
      return { name: database, kind: backend, driver, shared: true };
    }
    case 'memory': {
      const driver: StoreDriver = callEngine(() => engine.newMemStore());
      return { name: `memory ${database}`, kind: backend, driver, shared: false };
    }
    case 'opfs': {
      const { openOpfs } = await import('./opfs-store.js');
      return drive(engine, keyOf(options), backend, own(openOpfs), database);
    }
    case 'local': {
      if (typeof location !== 'string' || location === '')
        throw new TypeError("the store 'local' needs a location, such as './cache'");
      const { openLocal } = await import('./local-store.js');
      const factory = () => openLocal(location);
      return drive(engine, keyOf(options), backend, own(factory), database);
    }
    default:
      throw new TypeError(`Unknown location ${location} or backend ${backend}`);
  }
}

function own(factory: RegisteredStore['factory']): RegisteredStore {
  return { factory, timeoutMs: OWN_TIMEOUT_MS };
}

/** A store in JavaScript; one that cannot be made is not available. */
async function drive(
  engine: Engine,
  name: string,
  kind: string,
  { factory, timeoutMs }: RegisteredStore,
  database: string,
): Promise<Connected> {
  let backend: StoreBackend;
  try {
    backend = await answerOf('making it', timeoutMs, () => factory({ name: database }));
  } catch (error) {
    if (error instanceof JobliteError && error.code !== 'STORE_ABORTED') throw error;
    throw unavailable(`the backend ${kind} failed: ${(error as Error).message}`);
  }
  const methods = ['read', 'commit', 'list'] as const;
  if (!methods.every((method) => typeof backend?.[method] === 'function'))
    throw new TypeError(
      `Store backend should implement the StoreBackend interface { read, commit, list }, '${kind}' does not.`,
    );
  const driver = new BackendDriver(engine, backend, name, timeoutMs);
  return { name, kind, driver, shared: driver.guarantees.shared === true };
}

function unavailable(reason: string): StoreError {
  return new StoreError('STORE_UNAVAILABLE', `the store is not available: ${reason}`, { reason });
}

function keyOf({ databasePrefix = '', backend = 'indexeddb', location }: StoreOptions): string {
  const where = backend === 'local' ? location : databaseName(databasePrefix);
  return `${backend} ${where}`;
}

/** `joblite-1` is the schema's name too: what is not compatible with it gets another one. */
function databaseName(prefix: string): string {
  return prefix === '' ? 'joblite-1' : `${prefix}-joblite-1`;
}
