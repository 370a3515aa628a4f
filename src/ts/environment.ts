// What this browser, page or worker offers, and why not.

import { cpuCount } from './parallel/cpu-count.js';
import { hasOpaqueOrigin, isNode } from './parallel/realm.js';

/** What `environment()` gives. */
export interface Environment {
  /** Workers can be made; a page's policy may still forbid them. */
  workers: boolean;
  /** The page is isolated by COOP and COEP headers, so that memory can be shared. */
  crossOriginIsolated: boolean;
  /** WebAssembly threads: isolation, SharedArrayBuffer and atomics. */
  threads: boolean;
  simd: boolean;
  /** WebAssembly may wait for promises (JavaScript Promise Integration). */
  jspi: boolean;
  indexedDB: boolean;
  webLocks: boolean;
  /** Logical processors, as far as the browser tells. */
  cpuCount: number;
  /** For each that is missing: why, and what it means, in plain words. */
  reasons: Partial<Record<Exclude<keyof Environment, 'cpuCount' | 'reasons'>, string>>;
}

/** A module of one function `v128.const; drop`. */
const SIMD = [
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  4,
  1,
  96,
  0,
  0,
  3,
  2,
  1,
  0,
  10,
  23,
  1,
  21,
  0,
  253,
  12,
  ...new Array<number>(16).fill(0),
  26,
  11,
];
/** A module with a shared memory. */
const SHARED_MEMORY = [0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 3, 1, 1];

/**
 * What is available here.
 *
 * ```ts
 * const { threads, reasons } = environment();
 * if (!threads) console.log(reasons.threads);
 * ```
 */
export function environment(): Environment {
  const isolated = isNode() || globalThis.crossOriginIsolated === true;
  const opaque = hasOpaqueOrigin();
  const found: Environment = {
    workers: isNode() || (typeof Worker !== 'undefined' && !opaque),
    crossOriginIsolated: isolated,
    threads: isolated && typeof SharedArrayBuffer !== 'undefined' && validates(SHARED_MEMORY),
    simd: validates(SIMD),
    jspi: typeof WebAssembly !== 'undefined' && 'Suspending' in WebAssembly,
    indexedDB: hasIndexedDB() && !opaque,
    webLocks:
      isNode() || (typeof navigator !== 'undefined' && navigator.locks !== undefined && !opaque),
    cpuCount: cpuCount(),
    reasons: {},
  };
  const insecure =
    globalThis.isSecureContext === false
      ? ' This page is not a secure context: serve it by HTTPS or from localhost.'
      : '';
  const reasons = {
    workers:
      'There are no workers in this browser or frame: tasks run one after another in the page.',
    crossOriginIsolated: `The page is not isolated: serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.${insecure}`,
    threads: isolated
      ? 'The page is isolated, but this browser does not share WebAssembly memory: what would use threads runs in one.'
      : 'WebAssembly threads need shared memory, which browsers give to isolated pages only.',
    simd: 'This browser has no SIMD for WebAssembly, which joblite is built with: tasks run one after another in the page.',
    jspi: 'This browser cannot let WebAssembly wait for promises (JSPI): synchronous Python waits by shared memory in a worker, or runs sequentially.',
    indexedDB:
      'There is no IndexedDB here (private window, blocked storage, or no browser): a cache lives as long as the page.',
    webLocks: `There are no Web Locks: a worker that dies while it runs a task is noticed by timeoutMs only, and two tabs may compute the same.${insecure}`,
  };
  for (const [name, reason] of Object.entries(reasons) as [keyof typeof reasons, string][]) {
    if (!found[name]) found.reasons[name] = reason;
  }
  return found;
}

function validates(module: number[]): boolean {
  return typeof WebAssembly !== 'undefined' && WebAssembly.validate(new Uint8Array(module));
}

function hasIndexedDB(): boolean {
  try {
    return typeof indexedDB !== 'undefined' && indexedDB !== null;
  } catch {
    // A sandboxed frame throws at the mere question.
    return false;
  }
}
