// Memory: a place for the results of functions, joblib's word for it.

import { databasePrefix } from '../init.js';
import { cacheFunction, type MemorizedFunc } from './cached-function.js';
import type { Home } from './home.js';
import { type Cacheable, Identity, identityOf } from './identity.js';
import type { CacheItem, Estimate } from './items.js';
import {
  type CacheOptions,
  checkCacheOptions,
  checkMemoryOptions,
  checkReduceSize,
  type Limits,
  type MemoryOptions,
  type Settings,
} from './memory-options.js';
import { OWN_STORES, storeBackends } from './register-store-backend.js';
import { warn } from './warnings.js';

/**
 * Keeps the results of functions under a location, across reloads and tabs.
 *
 * @example
 * const memory = new Memory('cache', { bytesLimit: '500M' });
 * const heavy = memory.cache(async (n: number) => slowly(n), { name: 'heavy' });
 * await heavy(3); // computed
 * await heavy(3); // kept, also after a reload
 */
export class Memory {
  /** Where results lie in the store; null where nothing is kept. */
  readonly location: string | null;
  readonly #settings: Settings;
  readonly #home: Home | undefined;

  /**
   * @param location a path such as 'cache', shared by all who use it; null keeps nothing
   * @throws `TypeError` or `RangeError` for wrong options
   */
  constructor(location: string | null, options: MemoryOptions = {}) {
    const settings = checkMemoryOptions(options);
    this.#settings = settings;
    this.location = checkLocation(location);
    if (settings.compress && settings.mmapMode !== null) {
      warn('Compressed results cannot be memmapped');
    }
    if (location === null) return;
    const { backend = 'indexeddb' } = options;
    if (!OWN_STORES.includes(backend) && !storeBackends.has(backend)) {
      throw new TypeError(`Unknown location ${location} or backend ${backend}`);
    }
    this.#home = {
      location,
      backend,
      databasePrefix: databasePrefix(),
      settings,
      madeMs: Date.now(),
      sources: new Map(),
    };
  }

  /**
   * Gives a function that keeps the results of `fn`. Arguments and results are values that joblite can
   * hold; `fn` may be asynchronous. Without `fn` it gives a function that takes it, as joblib's decorator.
   *
   * A function that was cached before is cached anew, with its name.
   *
   * @throws `TypeError` for a function that could not be found again, with advice, and for wrong options
   * @throws UnsupportedError UNSUPPORTED_VALUE for `deps` that cannot be held
   * @example
   * const f = memory.cache(fn, { name: 'f', ignore: ['verbose'] });
   * const g = memory.cache({ cacheValidationCallback: expiresAfter({ days: 1 }) })(function g(x) { … });
   */
  cache<F extends Cacheable>(fn: F, options?: CacheOptions): MemorizedFunc<F>;
  cache(options?: CacheOptions): <F extends Cacheable>(fn: F) => MemorizedFunc<F>;
  cache(fn?: Cacheable | CacheOptions, options: CacheOptions = {}): unknown {
    if (fn === undefined || (typeof fn === 'object' && fn !== null)) {
      const given = fn ?? {};
      checkCacheOptions(given, this.#settings);
      return (fn: Cacheable) => this.cache(fn, given);
    }
    const settings = checkCacheOptions(options, this.#settings);
    const known = identityOf(fn);
    const identity = new Identity(known?.fn ?? fn, { name: known?.name, ...options });
    const { cacheValidationCallback: callback } = options;
    return cacheFunction(this.#home, identity, { settings, callback });
  }

  /**
   * Calls `fn` as a cached function would: it is computed only if its result is not kept.
   *
   * @throws as `memory.cache` and the call of what it gives
   */
  async eval<F extends Cacheable>(fn: F, ...args: Parameters<F>): Promise<Awaited<ReturnType<F>>> {
    return this.cache(fn)(...args);
  }

  /**
   * What is kept here, by path: also what Python keeps at the same location. With `metadata` each
   * item's metadata.json is read too. How much room there is for more is told by `estimate`.
   */
  async items({ metadata = false }: { metadata?: boolean } = {}): Promise<CacheItem[]> {
    if (!this.#home) return [];
    return (await onDemand()).itemsOf(this.#home, metadata);
  }

  /** How much is kept here, and how much this site may keep in the browser. */
  async estimate(): Promise<Estimate> {
    return (await onDemand()).estimateOf(this.#home);
  }

  /**
   * Removes results that were not used for longest, until the limits hold: joblib's `reduce_size`. What is
   * being computed stays, and nothing is done while another tab does the same.
   *
   * @returns what was removed
   * @throws `RangeError` or `TypeError` for wrong limits
   * @example
   * await memory.reduceSize({ bytesLimit: '500M', ageLimit: { days: 30 } });
   */
  async reduceSize(limits: Limits = {}): Promise<{ items: number; bytes: number }> {
    const settings = checkReduceSize(limits);
    const none = Object.values(settings).every((limit) => limit === undefined);
    if (!this.#home || none) return { items: 0, bytes: 0 };
    return (await onDemand()).reduceSize(this.#home, settings);
  }

  /**
   * Forgets all results at this location. With `verbose` it says so, unless `warn` is false.
   *
   * Differs from joblib: nothing is said with `verbose` 0.
   */
  async clear({ warn = true }: { warn?: boolean } = {}): Promise<void> {
    if (!this.#home) return;
    if (warn && this.#settings.verbose > 0) {
      console.warn(`[Memory(location=${this.location})]: Flushing completely the cache`);
    }
    await (await onDemand()).clearAll(this.#home);
  }

  /**
   * Asks the browser to keep this site's storage even when it runs out of room; it may ask the user.
   *
   * @returns whether it does
   */
  async persist(): Promise<boolean> {
    return (await globalThis.navigator?.storage?.persist?.()) ?? false;
  }

  /**
   * All results at this location as a zip of joblib's directory: unpacked, it is a cache whose `output.pkl`
   * files Python's `joblib.load` reads.
   *
   * @throws `TypeError` with `location` null, and what the store rejects with
   */
  async export(): Promise<Blob> {
    return (await onDemand()).exportHome(this.#place());
  }

  /**
   * Adds the results of an `export`, or of a zipped directory of joblib's. Python does not load them unless
   * it is told to trust them.
   *
   * @returns how many results came in
   * @throws FormatError or UnsupportedError, with `details.path`, for what is no such archive, or a hostile
   *   one: nothing has come in then; what the store rejects with
   * @throws `TypeError` with `location` null; `signal.reason`
   */
  async import(
    archive: Blob,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<{ items: number }> {
    return (await onDemand()).importHome(this.#place(), archive, options);
  }

  #place(): Home {
    if (this.#home) return this.#home;
    throw new TypeError('Memory: there is no location');
  }

  /** Writes what waits and lets go of the database; a later call opens it again. */
  async close(): Promise<void> {
    if (this.#home?.store) await (await onDemand()).closeHome(this.#home);
  }

  /** As `close`, for `await using`, where the platform has it. */
  declare [Symbol.asyncDispose]: () => Promise<void>;

  /** As joblib prints it. */
  toString(): string {
    return `Memory(location=${this.location})`;
  }
}

/** What only a call needs. */
const onDemand = () => import('./on-demand.js');

// Not in every engine yet; `await using` needs it, `close()` does not.
if (Symbol.asyncDispose) {
  Object.defineProperty(Memory.prototype, Symbol.asyncDispose, {
    value(this: Memory) {
      return this.close();
    },
  });
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
