// The buffer of an array of which a file claims the length, and whose bytes come in pieces. It grows as
// they come, to at most eight times their number, which is no memory before it is written to; and what it
// was before is freed at once. So a false claim takes no memory, and the array is held about once.

import { FormatError } from '../errors.js';
import { copyPaced } from '../parallel/pace.js';
import { prepareRelease, release } from './release.js';

/** So much is allocated for any array. */
const FIRST_BYTES = 1 << 20;

export class Growing {
  /** How many bytes are there. */
  filled = 0;
  readonly #offset: number;
  readonly #length: number;
  #bytes: Uint8Array<ArrayBuffer>;

  /** For `length` bytes, which the file claims at `offset`; `present` bytes of the file are there for sure. */
  constructor(offset: number, length: number, present: number) {
    this.#offset = offset;
    this.#length = length;
    this.#bytes = this.#allocate(Math.min(length, Math.max(FIRST_BYTES, 8 * present)));
  }

  /** How many bytes are still to come. */
  get missing(): number {
    return this.#length - this.filled;
  }

  /** Adds bytes, at most as many as are missing. */
  async push(piece: Uint8Array): Promise<void> {
    const needed = this.filled + piece.byteLength;
    if (needed > this.#bytes.byteLength) await this.#grow(needed);
    this.#bytes.set(piece, this.filled);
    this.filled = needed;
  }

  async #grow(needed: number): Promise<void> {
    await prepareRelease();
    const old = this.#bytes;
    // So the last time less than half of it is there: old and new together are never more than the whole.
    this.#bytes = this.#allocate(8 * needed < this.#length ? 4 * needed : this.#length);
    await copyPaced(this.#bytes, old.subarray(0, this.filled), 0);
    release(old);
  }

  #allocate(length: number): Uint8Array<ArrayBuffer> {
    try {
      return new Uint8Array(length);
    } catch (cause) {
      const message = `the array at byte ${this.#offset} has ${this.#length} bytes, for which there is no memory`;
      const details = {
        offset: this.#offset,
        expected: 'an array that fits',
        actual: this.#length,
      };
      throw new FormatError('TOO_LARGE', message, details, { cause });
    }
  }

  /** The whole array; nothing may be missing. */
  get buffer(): ArrayBuffer {
    return this.#bytes.buffer;
  }
}
