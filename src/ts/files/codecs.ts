// joblite's own compressors, in a module that is loaded when one of them is needed.

import { callCodecs, loadCodecs } from '../codecs-glue.js';

/** Compresses a stream: chunks give what is compressed so far, `finish` the rest. */
export interface Encoder {
  write(chunk: Uint8Array): Uint8Array | Promise<Uint8Array>;
  finish(): Uint8Array | Promise<Uint8Array>;
  free(): void;
}

/**
 * Decompresses a stream. After each `write`, `read` until it gives nothing; after the last, `finish`,
 * and `read` once more until it gives nothing.
 */
export interface Decoder {
  write(chunk: Uint8Array): void | Promise<void>;
  /** At most `max` bytes; none if more input is needed, or at the end. */
  read(max: number): Uint8Array | Promise<Uint8Array>;
  /** How many of the bytes that were written are not used up; less once `read` gave nothing. */
  readonly unused: number;
  /** There is no more input: throws CORRUPT_DATA if the file is cut off. */
  finish(): void | Promise<void>;
  free(): void;
}

/** An encoder of a compressor of joblite's own. */
export async function ownEncoder(name: string, level: number): Promise<Encoder> {
  const { Compressor } = await loadCodecs();
  const compressor = callCodecs(() => new Compressor(name, level));
  return {
    write: (chunk) => callCodecs(() => compressor.write(chunk)),
    finish: () => callCodecs(() => compressor.finish()),
    free: () => compressor.free(),
  };
}

/** A decoder of a compressor of joblite's own. */
export async function ownDecoder(name: string): Promise<Decoder> {
  const { Decompressor } = await loadCodecs();
  const decompressor = callCodecs(() => new Decompressor(name));
  return {
    write: (chunk) => callCodecs(() => decompressor.write(chunk)),
    read: (max) => callCodecs(() => decompressor.read(max)),
    get unused() {
      return callCodecs(() => decompressor.unused);
    },
    finish: () => callCodecs(() => decompressor.finish()),
    free: () => decompressor.free(),
  };
}
