// Bytes that come in pieces, nobody knows how many: they are joined at the end, and each piece is let
// go meanwhile.

import { pace } from '../parallel/pace.js';
import { prepareRelease, release } from './release.js';

/** Pieces shorter than this are copied into larger ones. */
const SHORT = 1 << 16;
/** Such a larger one. */
const STAGE = 1 << 20;

/** Collects pieces and joins them. */
export class Pieces {
  length = 0;
  #pieces: Uint8Array[] = [];
  /** The last piece, if there is room in it. */
  #stage: Uint8Array | undefined;
  #staged = 0;

  /** Adds a piece. It becomes ours: nobody changes it, and of its buffer nobody needs more. */
  push(piece: Uint8Array): void {
    this.length += piece.byteLength;
    if (piece.byteLength >= SHORT) {
      this.#seal();
      this.#pieces.push(piece);
      return;
    }
    while (piece.byteLength > 0) {
      this.#stage ??= new Uint8Array(STAGE);
      const part = piece.subarray(0, STAGE - this.#staged);
      this.#stage.set(part, this.#staged);
      this.#staged += part.byteLength;
      piece = piece.subarray(part.byteLength);
      if (this.#staged === STAGE) this.#seal();
    }
  }

  #seal(): void {
    if (this.#stage !== undefined) this.#pieces.push(this.#stage.subarray(0, this.#staged));
    this.#stage = undefined;
    this.#staged = 0;
  }

  /** All bytes in one buffer of their own. */
  async join(): Promise<ArrayBuffer> {
    this.#seal();
    const pieces = this.#pieces;
    this.#pieces = [];
    const only = pieces[0];
    if (pieces.length === 1 && only?.byteLength === only?.buffer.byteLength) {
      return only?.buffer as ArrayBuffer;
    }
    await prepareRelease();
    const whole = new Uint8Array(this.length);
    let at = 0;
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i] as Uint8Array;
      whole.set(piece, at);
      at += piece.byteLength;
      release(piece);
      await pace();
    }
    this.length = 0;
    return whole.buffer;
  }
}
