// Values: from JavaScript to a tape, to joblib's file, and back. The one door of this folder.

import { readTape } from './build.js';
import type { Tape } from './ops.js';
import { locating } from './unsupported.js';
import { writeTape } from './walk.js';

export { hashValue } from './hash.js';
export type { Tape } from './ops.js';
export { type Part, pickleToTape, tapeToPickle } from './pickle.js';
export { registerValueType } from './register.js';
export {
  DataFrame,
  type Dtype,
  type DtypeField,
  NDArray,
  type NDArrayInit,
  PyObject,
  type PyObjectInit,
  PyTuple,
  Series,
} from './types.js';

/**
 * Reads a value, everything in it, now: what the caller changes afterwards changes nothing. Only
 * Blobs, which cannot change, are left to `readBlobs`.
 *
 * @param options `share` lists large buffers themselves instead of copies, for values that nobody
 *   changes before the tape is used up.
 * @throws UnsupportedError UNSUPPORTED_VALUE with the path of what cannot be held
 */
export function toTape(value: unknown, { share = false }: { share?: boolean } = {}): Tape {
  return locating(value, () => writeTape(value, share));
}

/**
 * Makes the value again. Its arrays are views of the tape's buffers, not copies.
 *
 * @throws UnsupportedError UNSUPPORTED_VALUE for a class that is not registered here
 */
export function fromTape(tape: Tape): unknown {
  return readTape(tape);
}

/** The same tape with the bytes of its Blobs; at once if there are none. */
export function readBlobs(tape: Tape): Tape | Promise<Tape> {
  if (tape.buffers.every((buffer) => buffer instanceof ArrayBuffer)) return tape;
  const reads = tape.buffers.map((buffer) =>
    buffer instanceof ArrayBuffer ? buffer : buffer.arrayBuffer(),
  );
  return Promise.all(reads).then((buffers) => ({ ...tape, buffers }));
}
