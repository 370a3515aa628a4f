// The public `dump` and `load`: they read the value while the caller waits, and leave the rest to a file
// that is loaded with the first call.

import { onPage } from '../parallel/realm.js';
import { toTape } from '../values/index.js';
import { isLarge } from '../values/weight.js';
import type { DumpOptions, LoadOptions } from './options.js';
import type { DumpDestination } from './sink.js';
import type { LoadSource } from './source.js';

/** Loaded by the first call. */
let calls: typeof import('./calls.js') | undefined;

/**
 * Writes a value as joblib's file: what Python's `joblib.load` reads.
 *
 * The value is read before the promise is returned: what changes afterwards changes nothing. There are
 * two exceptions. With a destination, arrays of more than 64 KiB are read while they are written, so
 * that a large array needs no second copy of itself. And on a page's main thread a value of more than
 * about 30,000 parts or 32 MB is read in slices, so that the page stays alive. Leave such values
 * unchanged until the promise is settled.
 *
 * On a page's main thread, more than 4 MB of work is done in a helper worker
 * (`workers/files.worker.js`), or in slices where workers are forbidden.
 *
 * @param destination a path or `file:` URL (Node), a `FileHandle` of Node, which is written from where it
 *   stands and left open, a `FileSystemFileHandle`, or a `WritableStream`, which is closed. If the dump
 *   fails, a stream is aborted and a file that was begun is removed.
 * @returns the file; nothing where it went into a destination
 * @throws UnsupportedError UNSUPPORTED_VALUE with the path of what cannot be held; `RangeError` and
 *   `TypeError` for wrong arguments; what the destination rejects with or `onProgress` throws;
 *   `signal.reason`; TaskError WORKER_LOST if the helper worker dies
 * @example
 * const bytes = await dump({ weights: new Float64Array(1000) }, { compress: ['zlib', 3] });
 * await dump(model, 'model.joblib.gz'); // under Node
 * await dump(model, await showSaveFilePicker());
 */
export function dump(value: unknown, options?: DumpOptions): Promise<Uint8Array<ArrayBuffer>>;
export function dump(
  value: unknown,
  destination: DumpDestination,
  options?: DumpOptions,
): Promise<void>;
export async function dump(value: unknown, second?: unknown, third?: unknown): Promise<unknown> {
  const file = calls?.dumpAtOnce(value, second, third);
  if (file !== undefined) return file;
  // What cannot be held ends the dump where its destination is at hand.
  const read = onPage() && isLarge(value) ? undefined : readNow(value, isDestination(second));
  read?.catch(() => {});
  calls = await import('./calls.js');
  return calls.dump(value, read, second, third);
}

/** Anything but options. */
function isDestination(second: unknown): boolean {
  return second !== undefined && Object.getPrototypeOf(Object(second)) !== Object.prototype;
}

async function readNow(value: unknown, share: boolean) {
  return toTape(value, { share });
}

/**
 * Reads a file that Python's `joblib.dump`, from joblib 0.10 on, or `dump` wrote, whatever its
 * compression. Nothing in the file is called or imported: classes that joblite does not know become
 * `PyObject`s.
 *
 * Bytes and files are read where they are needed: leave them unchanged until the promise is settled.
 * On a page's main thread, more than 4 MB of work is done in a helper worker
 * (`workers/files.worker.js`), or in slices where workers are forbidden.
 *
 * @param source bytes, a Blob, a `Response`, a `ReadableStream` of bytes, a `FileSystemFileHandle`, a
 *   `FileHandle` of Node, which is read from its start and left open, or a path or `file:` URL (Node)
 * @throws FormatError CORRUPT_DATA, UNKNOWN_COMPRESSION or TOO_LARGE, UnsupportedError
 *   UNSUPPORTED_OPCODE, UNSUPPORTED_GLOBAL or UNSUPPORTED_DTYPE, all with `details.offset` in the
 *   uncompressed stream; what the source rejects with or `onProgress` throws; `signal.reason`; TaskError
 *   WORKER_LOST if the helper worker dies; `TypeError` and `RangeError` for wrong arguments
 * @example
 * const model = await load(await fetch('model.joblib.gz'));
 * const same = await load('model.joblib.gz'); // under Node
 */
export async function load(source: LoadSource, options?: LoadOptions): Promise<unknown> {
  calls = await import('./calls.js');
  return calls.load(source, options);
}
