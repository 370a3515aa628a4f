// joblite's own compressors: zlib, gzip and lz4 in the engine; bz2, lzma and xz in a module that is
// loaded when one of them is needed.

import { callCodecs, loadCodecs } from '../codecs-glue.js';
import { callEngine, loadEngine } from '../wasm.js';

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
  /** There is no more input: throws CORRUPT_DATA if the file is cut off. */
  finish(): void | Promise<void>;
  free(): void;
}

const IN_ENGINE = ['zlib', 'gzip', 'lz4'];

/** An encoder of a compressor of joblite's own. */
export async function ownEncoder(name: string, level: number): Promise<Encoder> {
  const { module, call } = await moduleOf(name);
  const compressor = call(() => new module.Compressor(name, level));
  return {
    write: (chunk) => call(() => compressor.write(chunk)),
    finish: () => call(() => compressor.finish()),
    free: () => compressor.free(),
  };
}

/** A decoder of a compressor of joblite's own. */
export async function ownDecoder(name: string): Promise<Decoder> {
  const { module, call } = await moduleOf(name);
  const decompressor = call(() => new module.Decompressor(name));
  return {
    write: (chunk) => call(() => decompressor.write(chunk)),
    read: (max) => call(() => decompressor.read(max)),
    finish: () => call(() => decompressor.finish()),
    free: () => decompressor.free(),
  };
}

async function moduleOf(name: string) {
  return IN_ENGINE.includes(name)
    ? { module: await loadEngine(), call: callEngine }
    : { module: await loadCodecs(), call: callCodecs };
}
