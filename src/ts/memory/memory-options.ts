// The options of `Memory` and of `memory.cache`, and their checks.

import type { DumpOptions, LoadOptions } from '../files/options.js';
import { type Duration, durationMs } from './duration.js';
import type { IdentityOptions } from './identity.js';
import type { ItemMetadata } from './metadata.js';

/** What `memory.cache` takes for all functions, and `new Memory` for all of its own. */
export interface ResultOptions {
  /** How results are compressed: what `dump` takes. Not, unless said. */
  readonly compress?: DumpOptions['compress'];
  /**
   * How much is printed: nothing with 0, the default; calls that are computed from 1 on, results that are
   * loaded from 2 on, more from 5, 10, 11 and 20 on, as joblib prints it.
   */
  readonly verbose?: number | undefined;
  /** What `load` takes: results are read as without it. */
  readonly mmapMode?: LoadOptions['mmapMode'];
}

/** What `reduceSize` takes, and `new Memory` to have it held. */
export interface Limits {
  /** Bytes of all results, as a number or a text such as '500M', with K, M or G. */
  readonly bytesLimit?: number | string | undefined;
  /** How many results there may be. */
  readonly itemsLimit?: number | undefined;
  /** For how long a result may be unused: a duration such as `{ days: 5 }`, or a number of ms. */
  readonly ageLimit?: Duration | number | undefined;
}

/** What `new Memory` takes beside the location. */
export interface MemoryOptions extends ResultOptions, Limits {
  /**
   * Where results are kept: 'indexeddb', the default; 'opfs', files of the browser's own; 'local', joblib's
   * directories on disk, under Node; 'memory' for the life of the page; or a name of `registerStoreBackend`.
   */
  readonly backend?: 'indexeddb' | 'memory' | 'opfs' | 'local' | (string & {}) | undefined;
  /** 'strict' waits for the disk at every write; 'relaxed', the default, for the system. */
  readonly durability?: 'relaxed' | 'strict' | undefined;
  /** How long a call waits for another tab that computes the same, in ms. Default 300,000. */
  readonly claimTimeoutMs?: number | undefined;
  /**
   * Bytes of results that the page holds beside the store, ready to be given again: 64 MB unless said, none
   * with 0. All `Memory`s of one location share them; the last limit that was given counts.
   */
  readonly ramBytesLimit?: number | string | undefined;
  /** Asks the browser not to clear this site's storage when it runs out of room; see `memory.persist`. */
  readonly persist?: boolean | undefined;
}

/** What `memory.cache` takes beside the function. */
export interface CacheOptions extends IdentityOptions, ResultOptions {
  /**
   * Asked before a result is used, with what is known of it: when it gives false, the result is forgotten
   * and computed again. `expiresAfter` makes one.
   */
  readonly cacheValidationCallback?:
    | ((metadata: ItemMetadata) => boolean | Promise<boolean>)
    | undefined;
}

/** Limits as the store takes them. */
export interface LimitSettings {
  readonly bytesLimit: number | undefined;
  readonly itemsLimit: number | undefined;
  readonly ageLimitMs: number | undefined;
}

/** Checked options, with their defaults. */
export interface Settings extends LimitSettings {
  readonly compress: DumpOptions['compress'];
  readonly verbose: number;
  readonly mmapMode: LoadOptions['mmapMode'];
  readonly durability: 'relaxed' | 'strict';
  readonly claimTimeoutMs: number | undefined;
  readonly ramBytesLimit: number | undefined;
  readonly persist: boolean;
}

const RESULT_OPTIONS = ['compress', 'verbose', 'mmapMode'];
const LIMITS = ['bytesLimit', 'itemsLimit', 'ageLimit'];
const MEMORY_OPTIONS = [
  'backend',
  'durability',
  'claimTimeoutMs',
  'ramBytesLimit',
  'persist',
  ...RESULT_OPTIONS,
  ...LIMITS,
];
const CACHE_OPTIONS = [
  'name',
  'version',
  'ignore',
  'deps',
  'cacheValidationCallback',
  ...RESULT_OPTIONS,
];

/**
 * Checks what `new Memory` was given.
 *
 * @throws `TypeError` or `RangeError` for what is wrong
 */
export function checkMemoryOptions(options: MemoryOptions): Settings {
  refuseOthers('Memory', options, MEMORY_OPTIONS);
  const { durability = 'relaxed', claimTimeoutMs, ramBytesLimit, persist = false } = options;
  if (durability !== 'relaxed' && durability !== 'strict') {
    throw new RangeError(`Memory: durability must be relaxed or strict, got ${String(durability)}`);
  }
  checkNumber('Memory: claimTimeoutMs', claimTimeoutMs);
  return {
    ...checkResultOptions('Memory', options),
    ...checkLimits('Memory', options),
    durability,
    claimTimeoutMs,
    ramBytesLimit: ramBytesLimit === '0' ? 0 : checkBytes('Memory: ramBytesLimit', ramBytesLimit),
    persist,
  };
}

/** Checks what `memory.cache` was given beside the function; what is not said there is as in `Memory`. */
export function checkCacheOptions(options: CacheOptions, settings: Settings): Settings {
  refuseOthers('memory.cache', options, CACHE_OPTIONS);
  const { cacheValidationCallback: callback } = options;
  if (callback !== undefined && callback !== null && typeof callback !== 'function') {
    throw new TypeError(`cacheValidationCallback needs to be callable. Got ${String(callback)}.`);
  }
  const {
    compress = settings.compress,
    verbose = settings.verbose,
    mmapMode = settings.mmapMode,
  } = options;
  return { ...settings, ...checkResultOptions('memory.cache', { compress, verbose, mmapMode }) };
}

function checkResultOptions(
  who: string,
  { compress = false, verbose = 0, mmapMode = null }: ResultOptions,
): Pick<Settings, 'compress' | 'verbose' | 'mmapMode'> {
  if (typeof verbose !== 'number') {
    throw new TypeError(`${who}: verbose must be a number, got ${String(verbose)}`);
  }
  return { compress, verbose, mmapMode };
}

/**
 * Checks the limits that `who` was given.
 *
 * @throws `TypeError` or `RangeError` for what is wrong, in joblib's words where it has some
 */
export function checkLimits(
  who: string,
  { bytesLimit, itemsLimit, ageLimit }: Limits,
): LimitSettings {
  checkNumber(`${who}: itemsLimit`, itemsLimit);
  const ageLimitMs =
    typeof ageLimit === 'object' && ageLimit ? durationMs(`${who}: ageLimit`, ageLimit) : ageLimit;
  if (ageLimitMs !== undefined && ageLimitMs < 0) {
    throw new RangeError('ageLimit has to be a positive timedelta');
  }
  checkNumber(`${who}: ageLimit`, ageLimitMs);
  return { bytesLimit: checkBytes(`${who}: bytesLimit`, bytesLimit), itemsLimit, ageLimitMs };
}

/** Checks what `memory.reduceSize` was given. */
export function checkReduceSize(limits: Limits): LimitSettings {
  refuseOthers('memory.reduceSize', limits, LIMITS);
  return checkLimits('memory.reduceSize', limits);
}

function checkNumber(what: string, value: unknown): void {
  if (value !== undefined && !(typeof value === 'number' && value >= 0)) {
    throw new RangeError(`${what} must be a number from 0, got ${String(value)}`);
  }
}

/** A number of bytes; a text as joblib reads it. */
function checkBytes(what: string, value: unknown): number | undefined {
  if (typeof value !== 'string') {
    checkNumber(what, value);
    return value as number | undefined;
  }
  const power = 'KMG'.indexOf(value.slice(-1)) + 1;
  const number = value.slice(0, -1).trim();
  if (power === 0 || value === '' || number === '' || !(Number(number) >= 0)) {
    throw new RangeError(
      `Invalid literal for size give: ${value} (type string) should be alike '10G', '500M', '50K'.`,
    );
  }
  return Math.floor(Number(number) * 1024 ** power);
}

/** An option that is silently without effect would be a lie. */
function refuseOthers(who: string, options: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (known.includes(name) || value === undefined) continue;
    throw new TypeError(`${who}: ${name} is not an option. Options are: ${known.join(', ')}`);
  }
}
