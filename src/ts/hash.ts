// The public `hash`.

import { pace } from './parallel/pace.js';
import { onPage } from './parallel/realm.js';
import { hashPaced, later, toTape } from './values/index.js';
import { isLarge } from './values/weight.js';
import { loadEngine, loadedEngine } from './wasm.js';

/** How {@link hash} hashes. */
export interface HashOptions {
  /** With it the hash is what Python's `joblib.hash(value, hash_name)` gives: 32 or 40 hexadecimal digits. */
  hashName?: 'md5' | 'sha1';
  /**
   * Which Python that is, `'3.14'` by default, with `hashName` only. joblib pickles the dtype of an array
   * by Python's default protocol: 4 up to `'3.13'`, 5 from `'3.14'` on. Nothing else depends on it.
   */
  python?: string;
}

/**
 * The hash of a value: 32 hexadecimal digits, the first 128 bits of BLAKE3 over a canonical form of
 * its content. It does not depend on the order of object keys, Map and Set entries, nor on which
 * objects are shared, and is the same in every browser, in Node and in the Rust crate. The value is
 * read before the promise is returned; only Blobs, which cannot change, are read later. On a page's
 * main thread a value of more than about 30,000 parts or 30 MB is read in slices, so that the page stays
 * alive: leave it unchanged until the promise is settled. Its getters are then read more than once.
 *
 * With `hashName` it is what joblib 1.6 with NumPy 2 gives in Python for the equal value, as `dump` writes
 * it: null, booleans, numbers (integers are ints), bigints, strings, ArrayBuffers (bytes), arrays, PyTuples,
 * plain objects, Maps, Sets, Dates (datetimes in UTC), typed arrays and NDArrays of any dtype (C or F
 * contiguous, as NumPy makes them new), shared references and cycles. As in Python, that hash depends on
 * which arrays, objects, tuples and Dates are shared: `[a, a]` and `[a, copy of a]` differ.
 *
 * Differs from joblib: what joblib hashes differently from one run to the next, such as NaN among other
 * numbers in a Set, and what has another equal in each program, such as undefined or an Error, is refused.
 *
 * @example (await hash({ a: 1, b: 2 })) === (await hash({ b: 2, a: 1 }))
 * @example await hash(new Float64Array(3), { hashName: 'md5' }) // joblib.hash(np.zeros(3))
 * @throws UnsupportedError UNSUPPORTED_VALUE with the path of what cannot be hashed
 * @throws FormatError TOO_LARGE for a value that is nested too deeply, or shares too much for `hashName`
 * @throws RangeError for another hashName or python
 */
export async function hash(value: unknown, options?: HashOptions): Promise<string> {
  let engine = loadedEngine();
  // Asked only where it decides: it takes longer than the hash of a small value.
  if (!engine && takesLong(value)) engine = await loadEngine();
  if (engine && !options) return hashPaced(engine, value);
  const tape = takesLong(value)
    ? await (await import('./values/slices.js')).toTapeInSlices(value, pace)
    : toTape(value, { share: !!engine && !onPage() });
  const loaded = engine ?? (await loadEngine());
  return later.hashTape(loaded, tape, options);
}

/** Whether it is read in slices, for the page's sake. */
function takesLong(value: unknown): boolean {
  return onPage() && isLarge(value);
}
