// Memory: a place for the results of functions, joblib's word for it.

import { JobliteError } from '../errors.js';
import { databasePrefix } from '../init.js';
import { callEngine, type Engine, loadEngine } from '../wasm.js';
import { cacheFunction, type Home, type MemorizedFunc } from './cached-function.js';
import type { Cacheable, IdentityOptions } from './identity.js';
import type { Store } from './store.js';
import { warnOnce } from './warnings.js';

/** What `new Memory` takes beside the location. */
export interface MemoryOptions {
  /** Where results are kept: 'indexeddb', or 'memory' for the life of the page. */
  readonly backend?: 'indexeddb' | 'memory' | undefined;
  /** 'strict' waits for the disk at every write; 'relaxed', the default, for the system. */
  readonly durability?: 'relaxed' | 'strict' | undefined;
  /** How long a call waits for another tab that computes the same, in ms. Default 300,000. */
  readonly claimTimeoutMs?: number | undefined;
  /** Not supported yet: only false. */
  readonly compress?: false | undefined;
  /** Not supported yet: only 0. */
  readonly verbose?: 0 | undefined;
}

/** A result that a `Memory` holds. */
export interface CacheItem {
  /** Its directory. */
  readonly path: string;
  /** Whose result it is: `js/<name>`, or a Python function's. */
  readonly funcId: string;
  /** For which arguments, as a hash. */
  readonly argsId: string;
  /** Bytes. */
  readonly size: number;
  /** When it was last used. */
  readonly lastAccess: Date;
  /** Only with `{ metadata: true }`. */
  readonly metadata?: ItemMetadata;
}

/** What metadata.json says of a result. */
export interface ItemMetadata {
  /** How long it took to compute, in seconds. */
  readonly durationS: number;
  /** The arguments, as short texts. */
  readonly inputArgs: Readonly<Record<string, string>>;
  /** When it was computed. */
  readonly time: Date;
}

/**
 * Keeps the results of functions under a location, across reloads and tabs.
 *
 * @example
 * const memory = new Memory('cache');
 * const heavy = memory.cache(async (n: number) => slowly(n), { name: 'heavy' });
 * await heavy(3); // computed
 * await heavy(3); // kept, also after a reload
 */
export class Memory {
  /** Where results lie in the store; null where nothing is kept. */
  readonly location: string | null;
  readonly #backend: 'indexeddb' | 'memory';
  readonly #prefix: string;
  readonly #home: Home | undefined;
  #store: Promise<Store> | undefined;

  /**
   * @param location a path such as 'cache', shared by all who use it; null keeps nothing
   * @throws `TypeError` or `RangeError` for wrong or unsupported options
   */
  constructor(location: string | null, options: MemoryOptions = {}) {
    const { backend = 'indexeddb', durability = 'relaxed', claimTimeoutMs } = checkOptions(options);
    this.location = checkLocation(location);
    this.#backend = backend;
    this.#prefix = databasePrefix();
    if (location === null) return;
    const dirs = new Map<string, string>();
    this.#home = {
      durability,
      claimTimeoutMs,
      key: `${backend} ${this.#prefix}`,
      sources: new Map(),
      store: () => this.#open().catch((error) => this.#failed(error)),
      requireStore: () => this.#open(),
      failed: (error) => this.#failed(error),
      functionDir: (engine, name) => {
        const known = dirs.get(name) ?? functionDir(engine, location, name);
        dirs.set(name, known);
        return known;
      },
    };
  }

  /**
   * Gives a function that keeps the results of `fn`. Arguments and results are values that joblite can
   * hold; `fn` may be asynchronous.
   *
   * @throws `TypeError` for a function that could not be found again, with advice
   */
  cache<F extends Cacheable>(fn: F, options: IdentityOptions = {}): MemorizedFunc<F> {
    const known = ['name', 'version', 'ignore'];
    const later = ['deps', 'cacheValidationCallback', 'compress', 'verbose'];
    refuseOthers('memory.cache', options, known, later);
    return cacheFunction(this.#home, fn, options);
  }

  /**
   * What is kept here, by path: also what Python keeps at the same location. With `metadata` each
   * item's metadata.json is read too.
   */
  async items({ metadata = false }: { metadata?: boolean } = {}): Promise<CacheItem[]> {
    if (this.location === null) return [];
    const store = await this.#open();
    const items: CacheItem[] = (await store.items(this.location)).map((item) => ({
      ...item,
      lastAccess: new Date(item.lastAccess),
    }));
    if (!metadata) return items;
    return Promise.all(items.map((item) => withMetadata(store, item)));
  }

  /** Forgets all results at this location. */
  async clear(): Promise<void> {
    if (!this.#home || this.location === null) return;
    this.#home.sources.clear();
    const store = await this.#open();
    const engine = await loadEngine();
    const dir = callEngine(() => engine.storeDir(this.location as string));
    await store.commit([['deletePrefix', dir]]);
  }

  /** Writes what waits and lets go of the database; a later call opens it again. */
  async close(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    if (store) await (await store).close();
  }

  #open(): Promise<Store> {
    if (this.#store) return this.#store;
    // A file of its own: it is of no use before the first call.
    const opening = import('./store.js').then(({ openStore }) =>
      openStore({ databasePrefix: this.#prefix, backend: this.#backend }),
    );
    this.#store = opening;
    opening.then(
      ({ reason, name }) => {
        if (reason !== undefined) warnOnce(`memory ${name}`, withoutDatabase(reason));
      },
      () => {
        if (this.#store === opening) this.#store = undefined;
      },
    );
    return opening;
  }

  #failed(error: unknown): undefined {
    const code = error instanceof JobliteError ? error.code : String(error);
    warnOnce(`failed ${this.#prefix} ${code}`, failure(error));
    return undefined;
  }
}

function functionDir(engine: Engine, location: string, name: string): string {
  return callEngine(() => `${engine.storeDir(location)}${engine.jsFuncId(name)}/`);
}

async function withMetadata(store: Store, item: CacheItem): Promise<CacheItem> {
  const parts = await store.read(`${item.path}/metadata.json`);
  if (!parts) return item;
  try {
    const { duration, input_args, time } = JSON.parse(await new Blob(parts as BlobPart[]).text());
    const metadata = { durationS: duration, inputArgs: input_args, time: new Date(time * 1000) };
    return { ...item, metadata };
  } catch {
    return item; // Damaged: it is about the result, not the result.
  }
}

function checkLocation(location: string | null): string | null {
  if (location === null) return null;
  if (typeof location !== 'string') {
    throw new TypeError(`Memory: location must be a string or null, got ${typeof location}`);
  }
  // A lone surrogate or U+FFFF cannot be told from others in the store.
  if (location === '' || /\p{Surrogate}|\uffff/u.test(location)) {
    throw new RangeError(
      `Memory: location must be a path such as 'cache', got ${JSON.stringify(location)}`,
    );
  }
  return location;
}

function checkOptions(options: MemoryOptions): MemoryOptions {
  const known = ['backend', 'durability', 'claimTimeoutMs', 'compress', 'verbose'];
  const later = ['mmapMode', 'bytesLimit', 'itemsLimit', 'ageLimit', 'ramBytesLimit'];
  refuseOthers('Memory', options, known, later);
  const { backend, durability, claimTimeoutMs, compress, verbose } = options;
  const oneOf = (name: string, value: unknown, values: readonly unknown[]) => {
    if (value !== undefined && !values.includes(value)) {
      throw new RangeError(
        `Memory: ${name} must be ${values.map(String).join(' or ')}, got ${String(value)}`,
      );
    }
  };
  oneOf('backend', backend, ['indexeddb', 'memory']);
  oneOf('durability', durability, ['relaxed', 'strict']);
  oneOf('compress', compress, [false]);
  oneOf('verbose', verbose, [0]);
  if (
    claimTimeoutMs !== undefined &&
    !(typeof claimTimeoutMs === 'number' && claimTimeoutMs >= 0)
  ) {
    throw new RangeError(`Memory: claimTimeoutMs must be a number of ms, got ${claimTimeoutMs}`);
  }
  return options;
}

/** An option that is silently without effect would be a lie. */
function refuseOthers(
  who: string,
  options: object,
  known: readonly string[],
  later: readonly string[],
): void {
  for (const [name, value] of Object.entries(options)) {
    if (known.includes(name) || value === undefined) continue;
    const why = later.includes(name) ? 'is not supported yet; leave it out' : 'is not an option';
    throw new TypeError(`${who}: ${name} ${why}. Options are: ${known.join(', ')}`);
  }
}

function withoutDatabase(reason: string): string {
  const here = typeof window === 'undefined' ? 'process ends' : 'page is closed';
  return `there is no IndexedDB to use (${reason}): results are kept in memory, until this ${here}`;
}

function failure(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof JobliteError && error.code === 'QUOTA_EXCEEDED') {
    return (
      `the storage of this site is full: results are computed but not kept. ` +
      `memory.clear() makes room (${text})`
    );
  }
  return `the cache cannot be used; results are computed without it (${text})`;
}
