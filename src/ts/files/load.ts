// From a source to a tape: compression by magic, then joblib's file in windows, and the bytes of arrays
// straight into buffers of their own.

import { FormatError } from '../errors.js';
import type { Tape } from '../values/index.js';
import type { Stop } from './abort.js';
import { detect } from './compressors.js';
import { decoded } from './decoded.js';
import { Growing } from './growing.js';
import { prepareRelease, release } from './release.js';
import { peeked } from './replay.js';
import type { RandomSource, Source, StreamSource } from './source.js';
import type { Fed, Reader, ReadTape, Work } from './work.js';

/** How much the engine is given at once: a few ms of work. */
const WINDOW = 1 << 18;

/** The longest beginning by which a compressor may want to be known. */
const PREFIX = 64;

/** How many times its size a compressed file may well hold. */
const LIKELY_RATIO = 4;

export interface Loading {
  work: Work;
  stop: Stop;
  strict: boolean;
  /** Told which compressor the file is of, if it is compressed. */
  compressed(name: string): void;
  /** Bytes that decompression may give. */
  maxBytes: number;
  /** Told how many bytes of the stream have been worked on; may throw `TooMuchHere`. */
  spend(bytes: number): void;
}

/**
 * Reads a file.
 *
 * @throws FormatError CORRUPT_DATA or TOO_LARGE, UnsupportedError, with the offset in the uncompressed
 *   stream; what the source rejects with; `TooMuchHere`
 */
export async function loadTape(source: Source, loading: Loading): Promise<Tape> {
  const { work, stop, strict } = loading;
  const { first, all } =
    source.size === undefined
      ? await peeked(source, PREFIX, stop)
      : { first: await stop.wait(Promise.resolve(source.window(0, PREFIX))), all: source };
  const name = detect(first);
  const reader = await stop.wait(Promise.resolve(work.reader(strict)));
  try {
    if (name === undefined) {
      return all.size === undefined
        ? await readStream(all, reader, loading)
        : await readRandom(all, reader, loading);
    }
    loading.compressed(name);
    // A page does not begin with what is likely to be much.
    if (all.size !== undefined) loading.spend(LIKELY_RATIO * all.size);
    const stream = await decoded(all, name, loading);
    try {
      const tape = await readStream(stream, reader, loading, all.size);
      // What follows the value holds the checksums.
      while ((await stream.next()) !== undefined);
      return tape;
    } finally {
      await stream.close();
    }
  } finally {
    reader.free();
  }
}

async function readRandom(source: RandomSource, reader: Reader, loading: Loading): Promise<Tape> {
  const { stop, spend } = loading;
  let parsed = 0;
  let offset = 0;
  while (offset >= 0 && offset < source.size) {
    let window = source.window(offset, WINDOW);
    if (window instanceof Promise) window = await stop.wait(window);
    let fed = reader.feed(offset, window);
    if (fed instanceof Promise) fed = await stop.wait(fed);
    parsed += lengthParsed(fed, offset, window.byteLength);
    spend(parsed);
    offset = fed.next;
    await stop.pace();
  }
  const tape = await stop.wait(Promise.resolve(reader.finish()));
  return withBuffers(tape, async (start, length) => {
    if (start + length > source.size) throw cutOff(start, length, source.size - start);
    let taken = source.take(start, length);
    if (taken instanceof Promise) taken = await stop.wait(taken);
    await stop.pace();
    return taken;
  });
}

/** Arrays inside a window are skipped. */
function lengthParsed({ next, met }: Fed, offset: number, length: number): number {
  let parsed = length;
  for (let i = 0; i < met.length; i += 2) {
    const start = met[i] as number;
    parsed -= Math.min(met[i + 1] as number, offset + length - start);
  }
  return next < 0 ? 0 : parsed;
}

async function readStream(
  source: StreamSource,
  reader: Reader,
  loading: Loading,
  present = 0,
): Promise<Tape> {
  const { stop, spend } = loading;
  await prepareRelease();
  const kept = new Map<number, ArrayBuffer>();
  let position = 0;
  let parsed = 0;
  /** The array whose bytes come now, and where it begins. */
  let array: Growing | undefined;
  let start = 0;
  let done = false;
  while (!done) {
    const chunk = await stop.wait(source.next());
    if (chunk === undefined) break;
    for (let at = 0; at < chunk.byteLength && !done; ) {
      if (array !== undefined) {
        const part = chunk.subarray(at, at + array.missing);
        await array.push(part);
        at += part.byteLength;
        position += part.byteLength;
        if (array.missing === 0) {
          kept.set(start, array.buffer);
          array = undefined;
        }
        continue;
      }
      const window = chunk.subarray(at, at + WINDOW);
      let fed = reader.feed(position, window);
      if (fed instanceof Promise) fed = await stop.wait(fed);
      const { next, met } = fed;
      parsed += lengthParsed(fed, position, window.byteLength);
      spend(parsed);
      for (let i = 0; i < met.length; i += 2) {
        const from = (met[i] as number) - position;
        const length = met[i + 1] as number;
        const part = window.slice(from, from + length);
        if (part.byteLength === length) {
          kept.set(met[i] as number, part.buffer);
        } else {
          start = met[i] as number;
          array = new Growing(start, length, present);
          await array.push(part);
        }
      }
      done = next < 0;
      at += window.byteLength;
      position += window.byteLength;
      await stop.pace();
    }
    release(chunk);
  }
  if (array !== undefined) throw cutOff(start, array.filled + array.missing, array.filled);
  const tape = await stop.wait(Promise.resolve(reader.finish()));
  return withBuffers(tape, async (start, length) =>
    length === 0 ? new ArrayBuffer(0) : (kept.get(start) as ArrayBuffer),
  );
}

/** The tape, with its buffers in the order in which they stand in the file. */
async function withBuffers(
  { ops, text, places, held }: ReadTape,
  take: (offset: number, length: number) => Promise<ArrayBuffer>,
): Promise<Tape> {
  const buffers: ArrayBuffer[] = [];
  for (let i = 0; i < places.length; i += 2) {
    const start = places[i] as number;
    buffers.push(
      start < 0 ? (held.get(i / 2) as ArrayBuffer) : await take(start, places[i + 1] as number),
    );
  }
  return { ops, text, buffers };
}

function cutOff(offset: number, expected: number, found: number): FormatError {
  const actual = Math.max(0, found);
  const message = `corrupt data at byte ${offset}: expected ${expected} bytes of an array, found ${actual} bytes`;
  return new FormatError('CORRUPT_DATA', message, {
    offset,
    expected: `${expected} bytes of an array`,
    actual: `${actual} bytes`,
  });
}
