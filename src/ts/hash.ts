// The public `hash`.

import { fromTape, hashValue, toTape } from './values/index.js';
import { loadEngine, loadedEngine } from './wasm.js';

/**
 * The hash of a value: 32 hexadecimal digits, the first 128 bits of BLAKE3 over a canonical form of
 * its content. It does not depend on the order of object keys, Map and Set entries, nor on which
 * objects are shared, and is the same in every browser, in Node and in the Rust crate. The value is
 * read before the promise is returned; only Blobs, which cannot change, are read later.
 *
 * @example (await hash({ a: 1, b: 2 })) === (await hash({ b: 2, a: 1 }))
 * @throws UnsupportedError UNSUPPORTED_VALUE with the path of what cannot be hashed
 */
export async function hash(value: unknown): Promise<string> {
  const engine = loadedEngine();
  if (engine !== undefined) return hashValue(engine, value);
  const tape = toTape(value);
  return hashValue(await loadEngine(), fromTape(tape));
}
