// The hash of a value as one call; where there are Blobs, a promise.

import { pace } from '../parallel/pace.js';
import { onPage } from '../parallel/realm.js';
import { callEngine, type Engine } from '../wasm.js';
import { readTape } from './build.js';
import { BlobNotRead, readBlobBytes } from './hash-kinds.js';
import { TooMuchAtOnce } from './hash-memory.js';
import { hashNow } from './hash-walk.js';
import { locating } from './unsupported.js';
import { writeTape } from './walk.js';

/**
 * The hash of a value: 32 hexadecimal digits that depend on content alone (src/hash/canonical.rs says how).
 * The value is read now; a promise is returned only where the bytes of a Blob have to be waited for.
 *
 * @throws UnsupportedError UNSUPPORTED_VALUE with the path of what cannot be hashed
 */
export function hashValue(
  engine: Engine,
  value: unknown,
  limit?: number,
): string | Promise<string> {
  try {
    return callEngine(() => locating(value, () => hashNow(engine, value, limit)));
  } catch (error) {
    if (!(error instanceof BlobNotRead)) throw error;
    const tape = locating(value, () => writeTape(value, false));
    return (async () => {
      for (const blob of tape.buffers) {
        if (!(blob instanceof ArrayBuffer))
          readBlobBytes.set(blob, new Uint8Array(await blob.arrayBuffer()));
      }
      return callEngine(() => hashNow(engine, readTape(tape)));
    })();
  }
}

/** A page hashes so many containers, or KiB of arrays, at once: about 20 ms. */
const AT_ONCE = 30_000;

/**
 * The same; but a page's main thread stays alive: a value that takes long is hashed in slices there,
 * and read meanwhile. Its getters have then been read before.
 */
export function hashPaced(engine: Engine, value: unknown): string | Promise<string> {
  if (!onPage()) return hashValue(engine, value);
  try {
    return hashValue(engine, value, AT_ONCE);
  } catch (error) {
    if (!(error instanceof TooMuchAtOnce)) throw error;
    return hashSlowly(engine, value);
  }
}

async function hashSlowly(engine: Engine, value: unknown): Promise<string> {
  const { hashInSlices } = await import('./slices.js');
  try {
    return await hashInSlices(engine, value, pace);
  } catch (error) {
    if (error instanceof BlobNotRead) return hashValue(engine, value);
    throw error;
  }
}
