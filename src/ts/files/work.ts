// What the engine does for files, as calls that may be answered here (here.ts) or by the helper
// worker of a page (file-worker.ts). Types only.

import type { Encoder } from './compressors.js';

/** A pickle without its buffers, which are put in at the cuts: see `writeOpcodes`. */
export interface Opcodes {
  bytes: Uint8Array;
  cuts: Uint32Array;
}

/** What a reader made of a window. */
export interface Fed {
  /** The offset at which to go on: beyond the window where an array's data come between, -1 at the end. */
  next: number;
  /** The buffers that were met: offset in the stream and length, in turn. */
  met: Float64Array;
}

/** A tape of which the buffers have still to be taken from the stream. */
export interface ReadTape {
  ops: Uint8Array<ArrayBuffer>;
  text: string[];
  /** Offset in the stream, or -1 if `held` has it, and length, in turn. */
  places: Float64Array;
  /** Buffers that do not stand in the stream as they are, by their number. */
  held: Map<number, ArrayBuffer>;
}

/** Reads a pickle that it is given in windows. */
export interface Reader {
  feed(offset: number, window: Uint8Array): Fed | Promise<Fed>;
  finish(): ReadTape | Promise<ReadTape>;
  free(): void;
}

/** What an unpacker made of its input. */
export interface Unpacked {
  /** None if more input is needed, or at the end. */
  bytes: Uint8Array;
  /** How much of the input is not used up. */
  left: number;
}

/** Decompresses a file. */
export interface Unpacker {
  /** Whether it is done in the thread that asks. If not, steps may be asked for while others are under way. */
  readonly here: boolean;
  /**
   * Takes more of the file, if there is, which nobody else needs, and gives at most `max` bytes.
   *
   * @param last the input is the last, or there is none
   */
  step(input: Uint8Array | undefined, max: number, last: boolean): Unpacked | Promise<Unpacked>;
  free(): void;
}

/** Who does the work. */
export interface Work {
  /** Whether it is done in the thread that asks. */
  readonly here: boolean;
  /** What `writeOpcodes` does. */
  opcodes(
    ops: Uint8Array<ArrayBuffer>,
    text: string[],
    sizes: Float64Array,
    high: Float64Array,
    protocol: number,
  ): Opcodes | Promise<Opcodes>;
  reader(strict: boolean): Reader | Promise<Reader>;
  encoder(name: string, level: number): Promise<Encoder>;
  unpacker(name: string): Promise<Unpacker>;
}
