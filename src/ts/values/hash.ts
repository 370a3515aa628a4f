// The hash of a value as one call; where there are Blobs, a promise.

import { callEngine, type Engine } from '../wasm.js';
import { readTape } from './build.js';
import { BlobNotRead, readBlobBytes } from './hash-kinds.js';
import { hashNow } from './hash-walk.js';
import { locating } from './unsupported.js';
import { writeTape } from './walk.js';

/**
 * The hash of a value: 32 hexadecimal digits that depend on content alone (src/hash/canonical.rs says how).
 * The value is read now; a promise is returned only where the bytes of a Blob have to be waited for.
 *
 * @throws UnsupportedError UNSUPPORTED_VALUE with the path of what cannot be hashed
 */
export function hashValue(engine: Engine, value: unknown): string | Promise<string> {
  try {
    return callEngine(() => locating(value, () => hashNow(engine, value)));
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
