// Values: from JavaScript to a tape, to joblib's file, and back. The one door of this folder.

import { type Engine, loadWithEngine } from '../wasm.js';
import type { Tape } from './ops.js';
import type { Part, PickleOptions, UnpickleOptions } from './pickle.js';
import { locating } from './unsupported.js';
import { writeTape } from './walk.js';

export type { AlignedDtype, Dtype, DtypeField, FieldName } from './dtype.js';
export type { Tape } from './ops.js';
export type { Part, PickleOptions, UnpickleOptions } from './pickle.js';
export { registerValueType } from './register.js';
export {
  DataFrame,
  NDArray,
  type NDArrayInit,
  PyDateTime,
  type PyDateTimeInit,
  PyFrozenSet,
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

/** What is of no use before the engine is there is loaded with it; a page that only imports the package waits less. */
export let later: typeof import('./with-engine.js');
loadWithEngine(loadBuilding);

/** Loads what `fromTape` stands on, where that cannot wait for the engine. */
export async function loadBuilding(): Promise<void> {
  later = await import('./with-engine.js');
}

/**
 * Makes the value again, once the engine is loaded, or `loadBuilding` done. Its arrays are views of the tape's buffers, not copies.
 *
 * @throws UnsupportedError UNSUPPORTED_VALUE for a class that is not registered here
 */
export function fromTape(tape: Tape): unknown {
  return later.readTape(tape);
}

/** The same tape with the bytes of its Blobs; at once if there are none. */
export function readBlobs(tape: Tape): Tape | Promise<Tape> {
  if (tape.buffers.every((buffer) => buffer instanceof ArrayBuffer)) return tape;
  const reads = tape.buffers.map((buffer) =>
    buffer instanceof ArrayBuffer ? buffer : buffer.arrayBuffer(),
  );
  return Promise.all(reads).then((buffers) => ({ ...tape, buffers }));
}

/**
 * The hash of a value: 32 hexadecimal digits that depend on content alone (src/hash/canonical.rs says how).
 * The value is read now; a promise is returned only where the bytes of a Blob have to be waited for.
 *
 * @throws UnsupportedError UNSUPPORTED_VALUE with the path of what cannot be hashed
 */
export function hashValue(engine: Engine, value: unknown): string | Promise<string> {
  return later.hashValue(engine, value);
}

/** The same; on a page's main thread a value that takes long is hashed in slices: see hash.ts. */
export function hashPaced(engine: Engine, value: unknown): string | Promise<string> {
  return later.hashPaced(engine, value);
}

/**
 * Writes a tape as joblib's file, uncompressed, in pickle protocol 5 unless another is asked for.
 * Blobs have to have been read. Large buffers of the tape become parts themselves.
 *
 * @throws UnsupportedError UNSUPPORTED_VALUE, FormatError TOO_LARGE for what the protocol cannot say
 */
export function tapeToPickle(
  engine: Engine,
  tape: Tape,
  options?: PickleOptions,
): { parts: Part[]; nbytes: number } {
  return later.tapeToPickle(engine, tape, options);
}

/**
 * Reads a file from its parts. An array whose data are exactly one part is that part, without a
 * copy; any other is a slice.
 *
 * @throws FormatError CORRUPT_DATA or TOO_LARGE, UnsupportedError, with the offset in the file
 */
export function pickleToTape(engine: Engine, parts: Part[], options?: UnpickleOptions): Tape {
  return later.pickleToTape(engine, parts, options);
}
