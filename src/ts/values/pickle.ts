// joblib's file as a list of parts, from a tape and back. Opcodes are the engine's; the contents of
// arrays stay here: they are parts of their own, or slices of the parts that are read.

import { FormatError } from '../errors.js';
import { callEngine, type Engine } from '../wasm.js';
import type { Tape } from './ops.js';

/** A piece of a file; the concatenation of its parts is joblib's file. */
export type Part = Uint8Array | ArrayBuffer;

/** Buffers up to this many bytes are copied into the part with the opcodes around them. */
const SMALL_BUFFER = 4096;

/** How much of a part the engine is given at once: arrays inside a part are mostly skipped. */
const WINDOW = 1 << 18;

/** How a file is written. */
export interface PickleOptions {
  /** Pickle protocol, 2 to 5. */
  protocol?: number;
}

/** How a file is read. */
export interface UnpickleOptions {
  /** Refuse classes and functions that are not known, instead of making inert data of them. */
  strict?: boolean;
}

/**
 * Writes a tape as joblib's file, uncompressed. Blobs have to have been read. Large buffers of the
 * tape become parts themselves, except byte strings in protocol 2, which has none and tells them as text.
 *
 * @throws UnsupportedError UNSUPPORTED_VALUE, FormatError TOO_LARGE for what the protocol cannot say
 */
export function tapeToPickle(
  engine: Engine,
  tape: Tape,
  { protocol = 5 }: PickleOptions = {},
): { parts: Part[]; nbytes: number } {
  const buffers = tape.buffers.map((buffer) => {
    if (buffer instanceof ArrayBuffer) return buffer;
    throw new TypeError('blobs have to be read before a tape is written as a file; see readBlobs');
  });
  const high = highOf(buffers, protocol);
  const { bytes, cuts } = writeOpcodes(engine, tape, sizesOf(buffers), high, protocol);
  return joinParts(bytes, cuts, buffers);
}

/**
 * The file without its buffers, of which `sizes` is what `sizesOf` says and `high` what `highOf` does. They
 * belong at the cuts: position, number of the buffer, and 1 if it stands there as `latin1` writes it.
 */
export function writeOpcodes(
  engine: Engine,
  { ops, text: blocks }: Pick<Tape, 'ops' | 'text'>,
  sizes: Float64Array,
  high: Float64Array,
  protocol: number,
): { bytes: Uint8Array; cuts: Uint32Array } {
  return callEngine(() => {
    const text = new engine.Scratch(0);
    try {
      const length = writeText(engine, text, blocks);
      const pickle = engine.tapeToPickle(ops, text, length, sizes, high, protocol);
      try {
        return { bytes: pickle.takeBytes(), cuts: pickle.cuts() };
      } finally {
        pickle.free();
      }
    } finally {
      text.free();
    }
  });
}

/** The length of each buffer in bytes. */
export function sizesOf(buffers: ArrayBuffer[]): Float64Array {
  return Float64Array.from(buffers, ({ byteLength }) => byteLength);
}

/** How many bytes of each buffer take two in UTF-8, where the protocol asks for it. */
export function highOf(buffers: ArrayBuffer[], protocol: number): Float64Array {
  return Float64Array.from(protocol < 3 ? buffers : [], countHigh);
}

/** How many bytes take two in UTF-8. */
function countHigh(buffer: ArrayBuffer): number {
  let high = 0;
  for (const byte of new Uint8Array(buffer)) high += byte >> 7;
  return high;
}

/** Bytes as Latin-1 characters in UTF-8. */
export function latin1(buffer: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const utf8 = new Uint8Array(buffer.byteLength + countHigh(buffer));
  let at = 0;
  for (const byte of new Uint8Array(buffer)) {
    if (byte > 127) utf8[at++] = 0xc0 | (byte >> 6);
    utf8[at++] = byte > 127 ? 0x80 | (byte & 0x3f) : byte;
  }
  return utf8;
}

type Scratch = InstanceType<Engine['Scratch']>;

const encoder = new TextEncoder();

/** Text of one value, in bytes: the engine has 4 GiB, and holds it three times while it writes. */
const TEXT_LIMIT = 1 << 29;

/**
 * Encodes the blocks of text into the engine's memory; gives the number of bytes.
 *
 * @throws FormatError TOO_LARGE
 */
export function writeText(engine: Engine, scratch: Scratch, blocks: string[]): number {
  const units = blocks.reduce((units, block) => units + block.length, 0);
  if (units > TEXT_LIMIT) throw tooLarge(units);
  // Room for text that is all ASCII but the last block: growing block by block would copy it again and again.
  const longest = blocks.reduce((longest, block) => Math.max(longest, block.length), 0);
  scratch.grow(units + 2 * longest);
  let length = 0;
  for (const block of blocks) {
    if (length + block.length > TEXT_LIMIT) throw tooLarge(length + block.length);
    scratch.grow(length + 3 * block.length);
    const memory = engine.engineMemory() as WebAssembly.Memory;
    const place = new Uint8Array(memory.buffer, scratch.ptr + length, 3 * block.length);
    length += isWellFormed(block)
      ? encoder.encodeInto(block, place).written
      : encodeSurrogates(block, place);
  }
  return length;
}

function tooLarge(actual: number): FormatError {
  const what = 'text in bytes';
  const message = `too large at byte 0: ${what} is ${actual} or more, the limit is ${TEXT_LIMIT}`;
  return new FormatError('TOO_LARGE', message, { offset: 0, what, actual, limit: TEXT_LIMIT });
}

/** Whether a string has no lone surrogates. */
export function isWellFormed(text: string): boolean {
  const { isWellFormed } = String.prototype as { isWellFormed?(): boolean };
  return isWellFormed === undefined ? !/\p{Surrogate}/u.test(text) : isWellFormed.call(text);
}

/** Generalised UTF-8: a lone surrogate takes three bytes, as in Python's `surrogatepass`. */
export function encodeSurrogates(text: string, to: Uint8Array): number {
  let at = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xd800 && code < 0xe000) {
      to[at++] = 0xed;
      to[at++] = 0x80 | ((code >> 6) & 0x3f);
      to[at++] = 0x80 | (code & 0x3f);
    } else {
      at += encoder.encodeInto(character, to.subarray(at)).written;
    }
  }
  return at;
}

/** Puts buffers where they belong, small ones inside the parts around them. */
function joinParts(
  bytes: Uint8Array,
  cuts: Uint32Array,
  buffers: ArrayBuffer[],
): { parts: Part[]; nbytes: number } {
  const parts: Part[] = [];
  let nbytes = 0;
  // Pieces of the part that is being collected.
  let pieces: Uint8Array[] = [];
  const flush = () => {
    const whole = pieces.length === 1 ? (pieces[0] as Uint8Array) : concatenate(pieces);
    pieces = [];
    if (whole.byteLength === 0) return;
    // A part of its own buffer: a store that clones it clones nothing else.
    parts.push(whole.byteLength === whole.buffer.byteLength ? whole : whole.slice());
  };
  let at = 0;
  for (let i = 0; i < cuts.length; i += 3) {
    const cut = cuts[i] as number;
    let buffer = buffers[cuts[i + 1] as number] as ArrayBuffer;
    if (cuts[i + 2] === 1) buffer = latin1(buffer).buffer;
    pieces.push(bytes.subarray(at, cut));
    at = cut;
    nbytes += buffer.byteLength;
    if (buffer.byteLength <= SMALL_BUFFER) {
      pieces.push(new Uint8Array(buffer));
    } else {
      flush();
      parts.push(buffer);
    }
  }
  pieces.push(bytes.subarray(at));
  flush();
  return { parts, nbytes: nbytes + bytes.byteLength };
}

function concatenate(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

/**
 * Reads a file from its parts. An array whose data are exactly one part is that part, without a
 * copy; any other is a slice.
 *
 * @throws FormatError CORRUPT_DATA or TOO_LARGE, UnsupportedError, with the offset in the file
 */
export function pickleToTape(
  engine: Engine,
  parts: Part[],
  { strict = false }: UnpickleOptions = {},
): Tape {
  const file = new Parts(parts);
  return callEngine(() => {
    const reader = new engine.PickleReader(strict);
    try {
      let offset = 0;
      while (offset >= 0 && offset < file.length) {
        offset = reader.feed(offset, file.window(offset));
      }
      const { places, ...tape } = readTapeOf(reader);
      const buffers: ArrayBuffer[] = [];
      for (let i = 0; i < places.length; i += 2) {
        const start = places[i] as number;
        buffers.push(
          start < 0
            ? (reader.held(i / 2).buffer as ArrayBuffer)
            : file.slice(start, places[i + 1] as number),
        );
      }
      return { ...tape, buffers };
    } finally {
      reader.free();
    }
  });
}

/** What a reader that has been given the whole file makes of it; `places` are its buffers' offsets and lengths, in turn. */
export function readTapeOf(reader: InstanceType<Engine['PickleReader']>): {
  ops: Uint8Array<ArrayBuffer>;
  text: string[];
  places: Float64Array;
} {
  reader.finish();
  return {
    ops: reader.takeOps() as Uint8Array<ArrayBuffer>,
    text: readText(reader.takeText(), reader.blocks()),
    places: reader.buffers(),
  };
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function readText(bytes: Uint8Array, blocks: Uint32Array): string[] {
  const text: string[] = [];
  let at = 0;
  for (let i = 0; i < blocks.length; i += 2) {
    const block = bytes.subarray(at, at + (blocks[i] as number));
    text.push(blocks[i + 1] === 1 ? decoder.decode(block) : decodeSurrogates(block));
    at += block.byteLength;
  }
  return text;
}

function decodeSurrogates(bytes: Uint8Array): string {
  let text = '';
  let start = 0;
  // Three bytes ED A0..BF xx are a surrogate; between them is UTF-8.
  for (let at = 0; at + 2 < bytes.length; at++) {
    if (bytes[at] !== 0xed || (bytes[at + 1] as number) < 0xa0) continue;
    text += decoder.decode(bytes.subarray(start, at));
    text += String.fromCharCode(
      0xd000 | (((bytes[at + 1] as number) & 0x3f) << 6) | ((bytes[at + 2] as number) & 0x3f),
    );
    start = at + 3;
    at += 2;
  }
  return text + decoder.decode(bytes.subarray(start));
}

/** Parts as one file. */
class Parts {
  readonly length: number;
  readonly #parts: Uint8Array[];
  readonly #starts: number[] = [];

  constructor(parts: Part[]) {
    this.#parts = parts.map((part) => (part instanceof Uint8Array ? part : new Uint8Array(part)));
    let length = 0;
    for (const part of this.#parts) {
      this.#starts.push(length);
      length += part.byteLength;
    }
    this.length = length;
  }

  /** Index of the part that holds the byte at `offset`. */
  #find(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Bytes from `offset` on, as many as one part has and the engine takes at once. */
  window(offset: number): Uint8Array {
    const index = this.#find(offset);
    const from = offset - (this.#starts[index] as number);
    return (this.#parts[index] as Uint8Array).subarray(from, from + WINDOW);
  }

  slice(offset: number, length: number): ArrayBuffer {
    if (offset + length > this.length) {
      const found = Math.max(0, this.length - offset);
      const message = `corrupt data at byte ${offset}: expected ${length} bytes of an array, found ${found} bytes`;
      throw new FormatError('CORRUPT_DATA', message, {
        offset,
        expected: `${length} bytes of an array`,
        actual: `${found} bytes`,
      });
    }
    let index = this.#find(offset);
    const part = this.#parts[index];
    const from = offset - (this.#starts[index] ?? 0);
    if (
      part !== undefined &&
      from === 0 &&
      part.byteLength === length &&
      part.buffer.byteLength === length
    ) {
      if (part.buffer instanceof ArrayBuffer) return part.buffer;
    }
    const slice = new Uint8Array(length);
    let filled = 0;
    for (let at = from; filled < length; index++, at = 0) {
      const piece = (this.#parts[index] as Uint8Array).subarray(at, at + length - filled);
      slice.set(piece, filled);
      filled += piece.byteLength;
    }
    return slice.buffer;
  }
}
