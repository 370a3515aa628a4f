// What `memory.cache` gives. The arguments are read here, when the call is made; what happens then lies in
// lookup.ts, which is loaded with the first call.

import { loadEngine } from '../wasm.js';
import { TakenArguments } from './arguments.js';
import type { Home } from './home.js';
import { type Cacheable, type Identity, setIdentity } from './identity.js';
import type { Lookup, LookupOptions, Shelved } from './lookup.js';
import { MemorizedResult, NotMemorizedResult } from './memorized-result.js';
import type { ItemMetadata } from './metadata.js';
import { warnOnce } from './warnings.js';

/**
 * What `memory.cache(fn)` gives: called like `fn`, it promises fn's result, computed or kept.
 *
 * A result that is kept is made anew at each call, so that changing it changes nothing in the cache.
 * Its methods, too, reject with whatever `fn` throws, and with `UNSUPPORTED_VALUE` for such arguments.
 */
export interface MemorizedFunc<F extends Cacheable> {
  /**
   * @throws whatever `fn` throws: failures are not kept, and reject everyone who waits for them
   * @throws UnsupportedError UNSUPPORTED_VALUE, with the argument's name and path, for arguments that
   *   cannot be told apart, such as functions
   */
  (...args: Parameters<F>): Promise<Awaited<ReturnType<F>>>;
  /** The function itself. */
  readonly func: F;
  /**
   * Computes in any case, and keeps the result in place of one that is there.
   *
   * @returns the result, and what is known of it: nothing with `location` null
   */
  call(...args: Parameters<F>): Promise<[Awaited<ReturnType<F>>, Partial<ItemMetadata>]>;
  /**
   * As a call, but gives a reference to the result, which is read when it is asked for.
   *
   * @returns a `NotMemorizedResult`, which holds the result itself, where it could not be kept
   */
  callAndShelve(
    ...args: Parameters<F>
  ): Promise<MemorizedResult<Awaited<ReturnType<F>>> | NotMemorizedResult<Awaited<ReturnType<F>>>>;
  /**
   * Whether a call with these arguments would find its result, and find it valid. One that
   * `cacheValidationCallback` refuses is forgotten, as in joblib.
   */
  checkCallInCache(...args: Parameters<F>): Promise<boolean>;
  /** Forgets all results of this function, also those of its older sources. */
  clear(options?: { warn?: boolean }): Promise<void>;
}

/** What is asked for: the result, the result computed anew, a reference, or only whether it is there. */
export type Way = 'output' | 'call' | 'shelve' | 'check';

/** Loaded, as the engine is, by the first call. */
let lookups: typeof import('./on-demand.js') | undefined;

/** Makes the cached form of a function. Without a `home` nothing is kept. */
export function cacheFunction<F extends Cacheable>(
  home: Home | undefined,
  identity: Identity,
  options: LookupOptions,
): MemorizedFunc<F> {
  const { fn } = identity;
  let lookup: Lookup | undefined;
  const load = async (): Promise<Lookup> => {
    // Known to all functions only when both are there.
    const [loaded] = await Promise.all([import('./on-demand.js'), loadEngine()]);
    lookups = loaded;
    return ready() as Lookup;
  };
  const ready = (): Lookup | undefined => {
    lookup ??= lookups && new lookups.Lookup(home as Home, identity, options);
    return lookup;
  };
  /** Before the first call has loaded what it takes. */
  const begin = async (way: Way, args: unknown[]): Promise<unknown> => {
    const taken = await take(identity, args);
    try {
      await load();
    } catch (error) {
      // Without the engine nothing can be looked up; the answer is the same.
      warnOnce(
        `engine ${error}`,
        `the cache cannot be used; results are computed without it (${(error as Error).message})`,
      );
      return without(fn, way, await taken.restoreWithoutEngine());
    }
    return (lookup as Lookup).ask(way, taken);
  };
  const ask = (way: Way) =>
    home
      ? (...args: unknown[]): Promise<unknown> => {
          try {
            return ready()?.begin(way, args) ?? begin(way, args);
          } catch (error) {
            return Promise.reject(error);
          }
        }
      : async (...args: unknown[]): Promise<unknown> => without(fn, way, args);
  const shelve = ask('shelve');
  const memorized = Object.assign(ask('output'), {
    func: fn,
    call: ask('call'),
    callAndShelve: async (...args: unknown[]) => {
      const { place, output, metadata } = (await shelve(...args)) as Shelved;
      return place ? new MemorizedResult(place, metadata) : new NotMemorizedResult(output);
    },
    checkCallInCache: ask('check'),
    clear: async (options?: { warn?: boolean }) => home && (await load()).clear(options),
  });
  Object.defineProperty(memorized, 'name', { value: identity.name });
  setIdentity(memorized, identity);
  return memorized as unknown as MemorizedFunc<F>;
}

/** Reads all arguments before it is waited for. */
async function take(identity: Identity, args: unknown[]): Promise<TakenArguments> {
  try {
    return new TakenArguments(args, identity.counting, true);
  } catch (error) {
    throw (await import('./on-demand.js')).namingArgument(identity, args, error);
  }
}

/** What each way gives where there is no cache. */
async function without(fn: Cacheable, way: Way, args: readonly unknown[]): Promise<unknown> {
  if (way === 'check') return false;
  const output = await fn(...args);
  if (way === 'call') return [output, {}];
  return way === 'shelve' ? { output } : output;
}
