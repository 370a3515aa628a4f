// The options of `Parallel`: their types, defaults and checks. Wrong ones are refused with joblib's
// words, and those of joblib's that are not there yet by name: nothing is ignored.

import { type BackendName, resolveBackend } from './backends.js';
import { effectiveNJobs, type NJobs } from './cpu-count.js';

/** What `onProgress` is told. Times in ms. */
export interface Progress {
  done: number;
  /** null while nobody knows, for an iterable. */
  total: number | null;
  /** Tasks given to workers, those done included. */
  dispatched: number;
  elapsedMs: number;
  /** As joblib estimates it: the rest takes as long a task as what is done. */
  remainingMs: number | null;
  /** How many workers this call has. */
  workers: number;
}

/** What `onBatch` is told of a batch that has ended. Times in ms since the call. */
export interface BatchInfo {
  /** The number of the worker in this call, from 0. */
  worker: number;
  /** The index of the first task. */
  first: number;
  count: number;
  startMs: number;
  endMs: number;
}

export interface ParallelOptions {
  /** How many workers: null is 1, -1 all processors, -2 all but one. */
  nJobs?: NJobs;
  /** `workers` (default; also as `loky` and `multiprocessing`), `threading`, `sequential`. In a worker the default is `sequential`; asked for workers there, Firefox (153) may now and then block for ever: a defect of its own. */
  backend?: BackendName;
  returnAs?: 'list';
  /** Tasks a message: `auto` as joblib does it, or a number. */
  batchSize?: 'auto' | number;
  /** How many batches are taken from the input before they are done: a number, `all`, or as in `'2*nJobs'`. */
  preDispatch?: 'all' | number | string;
  /**
   * A task that runs for longer ends the call with TASK_TIMEOUT and its worker. In the caller's own
   * realm (nJobs 1, `sequential`, `threading`) only a task that awaits something can be given up.
   */
  timeoutMs?: number | null;
  /** Ends the call with `signal.reason`, and the workers that run its tasks. */
  signal?: AbortSignal | null;
  /** Called at most every 50 ms and once at the end. */
  onProgress?: ((progress: Progress) => void) | null;
  /**
   * Called for each batch as it ends, for a timeline of what each worker did.
   * Beyond joblib: its `verbose` prints no such thing, and `onProgress` comes too seldom.
   */
  onBatch?: ((batch: BatchInfo) => void) | null;
  /** An idle worker ends after this long: 300,000 ms, as joblib's. */
  idleWorkerTimeoutMs?: number;
}

/** The options, checked, with their defaults. */
export interface Settings {
  nJobs: number;
  backend: 'workers' | 'threading' | 'sequential';
  batchSize: 'auto' | number;
  preDispatch: 'all' | number;
  timeoutMs: number | undefined;
  signal: AbortSignal | undefined;
  onProgress: ((progress: Progress) => void) | undefined;
  onBatch: ((batch: BatchInfo) => void) | undefined;
  idleWorkerTimeoutMs: number;
}

const KNOWN = [
  'nJobs',
  'backend',
  'returnAs',
  'batchSize',
  'preDispatch',
  'timeoutMs',
  'signal',
  'onProgress',
  'onBatch',
  'idleWorkerTimeoutMs',
];
const NOT_YET = [
  'retries',
  'verbose',
  'prefer',
  'require',
  'maxNbytes',
  'mmapMode',
  'initializer',
  'initArgs',
  'tempFolder',
];

/** Checks what `Parallel` was given. */
export function settingsOf(options: ParallelOptions): Settings {
  refuseUnknown(options);
  const {
    nJobs = null,
    returnAs = 'list',
    batchSize = 'auto',
    preDispatch = '2*nJobs',
    idleWorkerTimeoutMs = 300_000,
  } = options;
  const jobs = effectiveNJobs(nJobs);
  if ((returnAs as string) !== 'list') throw refuseReturnAs(returnAs);
  if (batchSize !== 'auto' && !(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(
      `batchSize must be 'auto' or a positive integer, got: ${String(batchSize)}`,
    );
  }
  return {
    nJobs: jobs,
    backend: resolveBackend(options.backend),
    batchSize,
    preDispatch: preDispatchOf(preDispatch, jobs),
    timeoutMs: positive('timeoutMs', options.timeoutMs),
    signal: options.signal ?? undefined,
    onProgress: options.onProgress ?? undefined,
    onBatch: options.onBatch ?? undefined,
    idleWorkerTimeoutMs: positive('idleWorkerTimeoutMs', idleWorkerTimeoutMs) ?? 300_000,
  };
}

function refuseUnknown(options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (KNOWN.includes(name) || value === undefined) continue;
    if (NOT_YET.includes(name))
      throw new TypeError(
        `Parallel({ ${name} }) is not available in this version of joblite; leave it out`,
      );
    const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const hint =
      KNOWN.includes(camel) && camel !== name
        ? `: it is ${camel} here`
        : `; it knows ${KNOWN.join(', ')}`;
    throw new TypeError(`Parallel got an unknown option ${name}${hint}`);
  }
}

function refuseReturnAs(returnAs: string): Error {
  if (returnAs === 'generator' || returnAs === 'generator_unordered') {
    return new TypeError(
      `Parallel({ returnAs: '${returnAs}' }) is not available in this version of joblite; use 'list'`,
    );
  }
  return new RangeError(
    `Expected \`returnAs\` parameter to be a string equal to "list","generator" or "generator_unordered", but got ${returnAs} instead.`,
  );
}

function positive(name: string, value: number | null | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (!(typeof value === 'number' && value > 0))
    throw new RangeError(
      `${name} must be a positive number of milliseconds, got: ${String(value)}`,
    );
  return value;
}

/** joblib's expression, as far as it is a product: `'2*nJobs'`, `'1.5 * n_jobs'`, `'nJobs'`. */
function preDispatchOf(value: 'all' | number | string, nJobs: number): 'all' | number {
  if (value === 'all') return 'all';
  const factors = String(value)
    .split('*')
    .map((factor) =>
      /^\s*(nJobs|n_jobs)\s*$/.test(factor)
        ? nJobs
        : factor.trim() === ''
          ? Number.NaN
          : Number(factor),
    );
  const product = Math.trunc(factors.reduce((a, b) => a * b, 1));
  if (!(product > 0))
    throw new RangeError(
      `preDispatch must be 'all', a positive number or a product as '2*nJobs', got: ${String(value)}`,
    );
  return product;
}
