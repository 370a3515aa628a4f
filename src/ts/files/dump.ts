// From a tape to joblib's file: opcodes from the engine, the contents of arrays put in where they
// belong, all of it compressed if that is wanted, into one Uint8Array or into a destination.

import { copyPaced, PIECE_BYTES } from '../parallel/pace.js';
import { onPage } from '../parallel/realm.js';
import type { Tape } from '../values/index.js';
import { highOf, latin1, sizesOf, writeOpcodes } from '../values/pickle.js';
import type { Engine } from '../wasm.js';
import type { Stop } from './abort.js';
import type { Encoder } from './compressors.js';
import { Pieces } from './pieces.js';
import type { Progress } from './progress.js';
import type { Sink } from './sink.js';
import type { Opcodes, Work } from './work.js';

/** How much is compressed or written at once in a worker, and on a page. */
const PIECE = 1 << 20;
const PIECE_ON_PAGE = 1 << 18;

/** Arrays up to this size are written together with what stands around them. */
const SMALL = 1 << 16;

export interface Dumping {
  work: Work;
  stop: Stop;
  protocol: number;
  compress: { name: string; level: number } | null;
  /** Counts what is written of the file. */
  progress: Progress | undefined;
}

/** Writes a tape without Blobs as one file, uncompressed, before it returns. */
export function dumpNow(engine: Engine, tape: Tape, protocol: number): Uint8Array<ArrayBuffer> {
  const buffers = tape.buffers as ArrayBuffer[];
  const high = highOf(buffers, protocol);
  const opcodes = writeOpcodes(engine, tape, sizesOf(buffers), high, protocol);
  const inFile = cutBuffers(opcodes, buffers);
  const file = new Uint8Array(lengthOf(opcodes, inFile));
  let at = 0;
  for (const piece of joined(opcodes, inFile)) {
    file.set(piece, at);
    at += piece.byteLength;
  }
  return file;
}

/** Writes a tape whose Blobs have been read as one file. */
export async function dumpBytes(tape: Tape, dumping: Dumping): Promise<Uint8Array<ArrayBuffer>> {
  const { stop, compress, progress } = dumping;
  const { opcodes, buffers } = await opcodesOf(tape, dumping);
  if (compress === null) {
    const file = new Uint8Array(lengthOf(opcodes, buffers));
    let at = 0;
    for (const piece of cut(joined(opcodes, buffers), PIECE_BYTES)) {
      stop.check();
      if (onPage()) await copyPaced(file, piece, at);
      else file.set(piece, at);
      at += piece.byteLength;
      progress?.add(piece.byteLength);
    }
    return file;
  }
  const pieces = new Pieces();
  await encode(joined(opcodes, buffers), compress, dumping, async (chunk) => {
    pieces.push(chunk);
    progress?.add(chunk.byteLength);
  });
  return new Uint8Array(await pieces.join());
}

/** Writes a tape whose Blobs have been read into an open destination, which stays open. */
export async function dumpInto(tape: Tape, sink: Sink, dumping: Dumping): Promise<undefined> {
  const { stop, compress, progress } = dumping;
  const { opcodes, buffers } = await opcodesOf(tape, dumping);
  const write = async (chunk: Uint8Array) => {
    await stop.wait(sink.write(chunk));
    progress?.add(chunk.byteLength);
  };
  if (compress !== null) {
    await encode(joined(opcodes, buffers), compress, dumping, write);
    return undefined;
  }
  for (const piece of cut(joined(opcodes, buffers), PIECE)) await write(piece);
  return undefined;
}

async function opcodesOf(
  { ops, text, buffers }: Tape,
  { work, stop, protocol, compress, progress }: Dumping,
): Promise<{ opcodes: Opcodes; buffers: ArrayBuffer[] }> {
  const read = buffers as ArrayBuffer[];
  let opcodes = work.opcodes(ops, text, sizesOf(read), highOf(read, protocol), protocol);
  if (opcodes instanceof Promise) opcodes = await stop.wait(opcodes);
  // Used up: freed while the file is written.
  text.length = 0;
  const inFile = cutBuffers(opcodes, read);
  if (progress !== undefined && compress === null) progress.totalBytes = lengthOf(opcodes, inFile);
  return { opcodes, buffers: inFile };
}

/** How long the file is without compression. */
function lengthOf({ bytes }: Opcodes, buffers: ArrayBuffer[]): number {
  return buffers.reduce((sum, { byteLength }) => sum + byteLength, bytes.byteLength);
}

/** The buffers as they stand in the file; one may stand there more than once. */
function cutBuffers({ cuts }: Opcodes, buffers: ArrayBuffer[]): ArrayBuffer[] {
  const inFile: ArrayBuffer[] = [];
  for (let i = 0; i < cuts.length; i += 3) {
    const buffer = buffers[cuts[i + 1] as number] as ArrayBuffer;
    inFile.push(cuts[i + 2] === 1 ? latin1(buffer).buffer : buffer);
  }
  return inFile;
}

/** The file in pieces: large arrays as they are, what is between them together. */
function* joined({ bytes, cuts }: Opcodes, buffers: ArrayBuffer[]): Generator<Uint8Array> {
  const room = new Uint8Array(Math.min(PIECE, bytes.byteLength + buffers.length * SMALL));
  let filled = 0;
  let at = 0;
  for (let i = 0; i <= buffers.length; i++) {
    const buffer = buffers[i];
    const end = buffer === undefined ? bytes.byteLength : (cuts[3 * i] as number);
    for (const part of [bytes.subarray(at, end), new Uint8Array(buffer ?? new ArrayBuffer(0))]) {
      if (part.byteLength > room.byteLength - filled || part.byteLength > SMALL) {
        if (filled > 0) yield room.subarray(0, filled);
        filled = 0;
      }
      if (part.byteLength > SMALL) {
        yield part;
      } else {
        room.set(part, filled);
        filled += part.byteLength;
      }
    }
    at = end;
  }
  if (filled > 0) yield room.subarray(0, filled);
}

function* cut(pieces: Iterable<Uint8Array>, size: number): Generator<Uint8Array> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; at += size) yield piece.subarray(at, at + size);
  }
}

async function encode(
  pieces: Iterable<Uint8Array>,
  { name, level }: { name: string; level: number },
  { work, stop }: Dumping,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const encoder: Encoder = await stop.wait(work.encoder(name, level));
  try {
    const size = work.here && onPage() ? PIECE_ON_PAGE : PIECE;
    for (const piece of cut(pieces, size)) {
      const pause = stop.pace();
      if (pause !== undefined) await pause;
      let chunk = encoder.write(piece);
      if (chunk instanceof Promise) chunk = await stop.wait(chunk);
      if (chunk.byteLength > 0) await write(chunk);
    }
    const last = await stop.wait(Promise.resolve(encoder.finish()));
    if (last.byteLength > 0) await write(last);
  } finally {
    encoder.free();
  }
}
