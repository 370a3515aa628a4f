// What the engine does for files, as calls that may be answered here (here.ts) or by the helper
// worker of a page (file-worker.ts). Types only.

import type { Decoder, Encoder } from './compressors.js';

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
  decoder(name: string): Promise<Decoder>;
}
