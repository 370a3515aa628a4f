// What `dump` and `load` do once they are called: a file of its own, loaded with the first call.

import { rest } from '../parallel/pace.js';
import { onPage } from '../parallel/realm.js';
import { fromTape, readBlobs, type Tape, toTape } from '../values/index.js';
import { loadEngine, loadedEngine } from '../wasm.js';
import { Stop } from './abort.js';
import { dumpBytes, dumpInto, dumpNow } from './dump.js';
import { helperPossible, startHelper } from './file-worker.js';
import { workHere } from './here.js';
import { type Loading, loadTape } from './load.js';
import { type DumpOptions, dumpSettings, loadSettings } from './options.js';
import { Progress, watched } from './progress.js';
import { replayed, TooMuchHere } from './replay.js';
import { openSink } from './sink.js';
import { openSource, type Source } from './source.js';
import type { Work } from './work.js';

export { dumpSettings };

/** Work of more bytes than this is not done in a page's main thread. */
const HERE_BYTES = 1 << 22;

/** A tape of fewer bytes is made a value at once: a few ms. */
const OPS_AT_ONCE = 1 << 18;

/**
 * Writes a value before this returns, so that no copy of its arrays is needed; undefined if that
 * cannot be: in a page's main thread, compressed, into a destination, or before the engine is loaded.
 * Nothing of the value has then been read.
 */
export function dumpAtOnce(
  value: unknown,
  second: unknown,
  third: unknown,
): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer> | undefined> | undefined {
  const engine = loadedEngine();
  if (engine === undefined || onPage()) return undefined;
  const { destination, compress, protocol, onProgress, signal } = dumpSettings(second, third);
  if (destination !== undefined || compress !== null) return undefined;
  signal?.throwIfAborted();
  const tape = toTape(value, { share: true });
  if (tape.buffers.some((buffer) => !(buffer instanceof ArrayBuffer))) {
    // Blobs have to be waited for, and the arrays may change meanwhile.
    const buffers = tape.buffers.map((buffer) =>
      buffer instanceof ArrayBuffer ? buffer.slice(0) : buffer,
    );
    return dump(value, Promise.resolve({ ...tape, buffers }), second, third);
  }
  const file = dumpNow(engine, tape, protocol);
  if (onProgress === undefined) return file;
  // Not before the caller has the promise.
  return Promise.resolve().then(() => {
    new Progress(onProgress).end(file.byteLength);
    return file;
  });
}

/**
 * Writes what has been read of a value, as `dump` was told.
 *
 * @param read the value's tape; without it the value is large, and is read in slices
 */
export async function dump(
  value: unknown,
  read: Promise<Tape> | undefined,
  second: unknown,
  third: unknown,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { destination, compress, protocol, onProgress, signal } = dumpSettings(second, third);
  const stop = new Stop(signal);
  const progress = onProgress && new Progress(onProgress);
  const sink = destination === undefined ? undefined : await openSink(destination);
  try {
    stop.check();
    const tape = await stop.wait(
      Promise.resolve(readBlobs(await (read ?? readInSlices(value, stop)))),
    );
    const engine = await stop.wait(loadEngine());
    const work = await stop.wait(workFor(bytesOf(tape, compress !== null), workHere(engine)));
    const dumping = { work, stop, compress, protocol, progress };
    const file =
      sink === undefined ? await dumpBytes(tape, dumping) : await dumpInto(tape, sink, dumping);
    // Before it is closed: what `onProgress` throws leaves no file either.
    progress?.end();
    if (sink !== undefined) await stop.wait(sink.close());
    return file;
  } catch (error) {
    await sink?.abort(error);
    throw error;
  } finally {
    progress?.close();
    stop.release();
  }
}

async function readInSlices(value: unknown, stop: Stop): Promise<Tape> {
  const { toTapeInSlices } = await import('../values/slices.js');
  return toTapeInSlices(value, () => stop.pace());
}

async function build(tape: Tape, stop: Stop): Promise<unknown> {
  if (!onPage()) return fromTape(tape);
  await rest();
  if (tape.ops.byteLength < OPS_AT_ONCE) return fromTape(tape);
  const { fromTapeInSlices } = await import('../values/slices.js');
  return fromTapeInSlices(tape, () => stop.pace());
}

/** How much the engine has to do. */
function bytesOf({ ops, text, buffers }: Tape, compressed: boolean): number {
  const units = text.reduce((sum, block) => sum + block.length, 0);
  const arrays = (buffers as ArrayBuffer[]).reduce((sum, { byteLength }) => sum + byteLength, 0);
  return ops.byteLength + units + (compressed ? arrays : 0);
}

async function workFor(bytes: number, here: Work): Promise<Work> {
  return (onPage() && bytes > HERE_BYTES ? await startHelper() : undefined) ?? here;
}

/** Writes a tape without Blobs as one file. The tape is used up, but for its list of texts. */
export async function writeFileOf(
  { ops, text, buffers }: Tape,
  options: DumpOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { compress, protocol } = dumpSettings(options, undefined);
  const tape = { ops, text: [...text], buffers };
  const work = await workFor(bytesOf(tape, compress !== null), workHere(await loadEngine()));
  return dumpBytes(tape, {
    work,
    stop: new Stop(undefined),
    compress,
    protocol,
    progress: undefined,
  });
}

/** Reads the tape of a whole file, which must not change meanwhile. */
export async function readFileTape(bytes: Uint8Array): Promise<Tape> {
  const work = workHere(await loadEngine());
  const { strict, maxBytes } = loadSettings(undefined);
  const stop = new Stop(undefined);
  const loading = { work, stop, strict, maxBytes, compressed() {}, spend() {} };
  return readSource(await openSource(bytes), work, loading);
}

/** Reads a value, as `load` was told. */
export async function load(from: unknown, options: unknown): Promise<unknown> {
  const { signal, mmapMode, onProgress, ...settings } = loadSettings(options);
  const stop = new Stop(signal);
  const progress = onProgress && new Progress(onProgress);
  try {
    const opened = await openSource(from);
    const source = progress === undefined ? opened : watched(opened, progress, stop);
    let tape: Tape;
    try {
      stop.check();
      const here = workHere(await stop.wait(loadEngine()));
      let warned = mmapMode === null;
      const compressed = () => {
        // A page may begin to read the file twice.
        if (!warned)
          console.warn(
            `joblite: mmapMode "${mmapMode}" is not compatible with a compressed file. "${mmapMode}" flag will be ignored.`,
          );
        warned = true;
      };
      const loading = { ...settings, stop, work: here, compressed, spend: () => {} };
      tape = await readSource(source, here, loading);
    } catch (error) {
      await source.close(error);
      throw error;
    }
    await source.close();
    const value = await build(tape, stop);
    progress?.end(source.size);
    return value;
  } finally {
    progress?.close();
    stop.release();
  }
}

/** Reads here; what turns out to be much on a page, in the helper from the start again. */
async function readSource(opened: Source, here: Work, loading: Loading): Promise<Tape> {
  if (!onPage() || !helperPossible()) return loadTape(opened, loading);
  const { source, mayStartAgain, startAgain } = replayed(opened);
  try {
    return await loadTape(source, {
      ...loading,
      spend(bytes) {
        if (bytes > HERE_BYTES && mayStartAgain()) throw new TooMuchHere();
      },
    });
  } catch (error) {
    if (!(error instanceof TooMuchHere)) throw error;
  }
  startAgain();
  const work = (await loading.stop.wait(startHelper())) ?? here;
  return loadTape(source, { ...loading, work });
}
