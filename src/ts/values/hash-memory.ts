// The engine's memory as the hash's walker sees it: where bytes, numbers and strings are written.

import type { Engine } from '../wasm.js';
import { isWellFormed } from './pickle.js';

/** Places that a walker may use without asking. */
const SLACK = 64;
/** Strings of as many bytes are replaced by their digest; as in src/hash/canonical.rs. */
const LONG_STRING = 65536;
/** Contents of as many bytes are. */
const INLINE_BYTES = 1024;
/** How much is copied into the engine at once. */
const PIECE = 1 << 16;

/** `left` where there is no limit: 256 GiB, and a small integer, which takes no memory of its own. */
export const UNLIMITED = 1 << 28;

/** The characters of half a byte. */
const HEX = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** Those of a hash. */
const digits: number[] = new Array(32).fill(0);
const encoder = new TextEncoder();

/** Thrown where a hash would take longer than it may at one time. */
export class TooMuchAtOnce {}

export class HashMemory {
  readonly #engine: Engine;
  readonly hasher: InstanceType<Engine['Hasher']>;
  #memory: ArrayBufferLike;
  bytes: Uint8Array;
  view: DataView;
  /** Up to here there is slack. */
  limit: number;
  /** How many containers are being hashed in pieces. */
  pieces = 0;
  /** How much may still be hashed: containers, entries of Maps and Sets, and KiB of contents. */
  left = UNLIMITED;
  /** Gives the digest of a content that is hashed elsewhere. */
  elsewhere: ((content: Uint8Array) => Uint8Array | undefined) | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.hasher = new engine.Hasher(2 * PIECE);
    this.#memory = this.#buffer();
    this.bytes = new Uint8Array(0);
    this.view = new DataView(new ArrayBuffer(0));
    this.limit = 0;
    this.#look();
  }

  free(): void {
    this.hasher.free();
  }

  #buffer(): ArrayBufferLike {
    return (this.#engine.engineMemory() as WebAssembly.Memory).buffer;
  }

  #look(): void {
    const { ptr, length } = this.hasher;
    this.#memory = this.#buffer();
    this.bytes = new Uint8Array(this.#memory, ptr, length);
    this.view = new DataView(this.#memory, ptr, length);
    this.limit = length - SLACK;
  }

  /** At the start of a walk: anything in the engine may have grown its memory since. */
  refresh(): void {
    this.pieces = 0;
    if (this.bytes.length === 0) this.#look();
  }

  /**
   * Makes room for `n` bytes from `p` on, and the slack after them. Also to be called where code of the
   * user's has run: it may have made the engine's memory grow, and then views of it have no bytes.
   */
  need(p: number, n: number): void {
    if (this.bytes.length === 0) this.#look();
    if (p + n <= this.limit) return;
    this.hasher.grow(Math.max(2 * this.bytes.byteLength, p + n + 2 * SLACK));
    this.#look();
  }

  /** The hash of the bytes up to `end`: 128 bits. */
  hex(end: number): string {
    this.need(end, 0);
    this.hasher.digest(0, end, 0);
    const { bytes } = this;
    // At once: a text that was joined is a rope, which would be copied where it is first looked at.
    for (let i = 0; i < 16; i++) {
      const byte = bytes[i] as number;
      digits[2 * i] = HEX[byte >> 4] as number;
      digits[2 * i + 1] = HEX[byte & 15] as number;
    }
    return String.fromCharCode.apply(null, digits);
  }

  beginPieces(): void {
    this.pieces++;
    this.hasher.begin();
    if (this.bytes.length === 0) this.#look();
  }

  /** Ends the innermost container in pieces; its last bytes are `start..end`, its digest goes after `start`. */
  endPieces(start: number, end: number): void {
    this.pieces--;
    this.hasher.update(start, end);
    this.hasher.finish(start + 1);
  }

  /**
   * Counts what is about to be hashed.
   *
   * @throws TooMuchAtOnce
   */
  spend(amount: number): void {
    this.left -= amount;
    if (this.left < 0) throw new TooMuchAtOnce();
  }

  float(value: number, p: number): number {
    if (Number.isNaN(value)) this.view.setBigUint64(p, 0x7ff8000000000000n, true);
    else this.view.setFloat64(p, value, true);
    return p + 8;
  }

  /** A length before bytes that are in place already, or follow. */
  length(n: number, p: number): number {
    if (n < 255) {
      this.bytes[p] = n;
      return p + 1;
    }
    this.bytes[p] = 255;
    this.view.setUint32(p + 1, n, true);
    return p + 5;
  }

  string(text: string, p: number): number {
    const units = text.length;
    if (p + 3 * 64 > this.limit || this.bytes.length === 0) this.need(p, 3 * 64);
    const { bytes } = this;
    if (units < 64) {
      const at = p + 2;
      let i = 0;
      for (; i < units; i++) {
        const unit = text.charCodeAt(i);
        if (unit > 127) break;
        bytes[at + i] = unit;
      }
      if (i === units) {
        bytes[p] = 7;
        bytes[p + 1] = units;
        return at + units;
      }
    }
    if (units * 3 >= LONG_STRING) return this.#longString(text, p);
    this.need(p, 3 * units + 6);
    // Room for the longer form of the length; moved up where the shorter one does.
    const { written } = encoder.encodeInto(text, this.bytes.subarray(p + 6));
    if (written !== units && !isWellFormed(text)) return this.#surrogates(text, p);
    this.bytes[p] = 7;
    const at = this.length(written, p + 1);
    if (at !== p + 6) this.bytes.copyWithin(at, p + 6, p + 6 + written);
    return at + written;
  }

  /** A string that may be long enough to be replaced by its digest. */
  #longString(text: string, p: number): number {
    const wellFormed = isWellFormed(text);
    const content = wellFormed ? encoder.encode(text) : utf16(text);
    if (content.byteLength < LONG_STRING) return this.#short(wellFormed ? 7 : 8, content, p);
    this.bytes[p] = wellFormed ? 23 : 24;
    return this.#digestOf(content, this.float(content.byteLength, p + 1));
  }

  #surrogates(text: string, p: number): number {
    return this.#short(8, utf16(text), p);
  }

  #short(tag: number, content: Uint8Array, p: number): number {
    this.need(p, content.byteLength + 6);
    this.bytes[p] = tag;
    p = this.length(content.byteLength, p + 1);
    this.bytes.set(content, p);
    return p + content.byteLength;
  }

  /** Length and bytes, or length and digest. */
  content(of: Uint8Array, p: number): number {
    this.need(p, INLINE_BYTES + 16);
    p = this.float(of.byteLength, p);
    if (of.byteLength >= INLINE_BYTES) return this.#digestOf(of, p, this.elsewhere?.(of));
    this.bytes.set(of, p);
    return p + of.byteLength;
  }

  #digestOf(content: Uint8Array, p: number, known?: Uint8Array): number {
    if (known !== undefined) {
      this.bytes.set(known, p);
      return p + 32;
    }
    this.spend(content.byteLength >> 10);
    if (content.byteLength <= PIECE) {
      this.need(p, content.byteLength);
      this.bytes.set(content, p);
      this.hasher.digest(p, p + content.byteLength, p);
      return p + 32;
    }
    this.need(p, PIECE);
    this.hasher.begin();
    if (this.bytes.length === 0) this.#look();
    for (let at = 0; at < content.byteLength; at += PIECE) {
      const piece = content.subarray(at, at + PIECE);
      this.bytes.set(piece, p);
      this.hasher.update(p, p + piece.byteLength);
    }
    this.hasher.finish(p);
    return p + 32;
  }

  bigint(value: bigint, p: number): number {
    const bytes = twosComplement(value);
    this.need(p, bytes.length + 6);
    this.bytes[p] = 13;
    p = this.length(bytes.length, p + 1);
    this.bytes.set(bytes, p);
    return p + bytes.length;
  }
}

function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    bytes[2 * i] = unit & 255;
    bytes[2 * i + 1] = unit >> 8;
  }
  return bytes;
}

/** The shortest two's complement of an integer, little endian; at least one byte. */
export function twosComplement(value: bigint): Uint8Array {
  // The sign needs a bit: that of the value itself, or of its complement where it is negative.
  const bits =
    (value < 0n ? ~value : value).toString(2).length + (value === 0n || value === -1n ? 0 : 1);
  const n = Math.max(1, Math.ceil(bits / 8));
  const hex = BigInt.asUintN(8 * n, value)
    .toString(16)
    .padStart(2 * n, '0');
  const bytes = new Uint8Array(n);
  for (let i = 0; i < n; i++)
    bytes[i] = Number.parseInt(hex.slice(2 * (n - 1 - i), 2 * (n - i)), 16);
  return bytes;
}
