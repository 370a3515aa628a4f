// joblib's compressors: its own six, and those that are registered. What they do is elsewhere: a page
// that registers one needs no more yet.

import type { ByteTransform } from './transform-codec.js';

export type { ByteTransform } from './transform-codec.js';

/** A compressor for `registerCompressor`. */
export interface Compressor {
  /** What its files begin with. */
  readonly prefix: Uint8Array;
  /** The extension of its files' names, with the dot. */
  readonly extension: string;
  /** Compresses, at a level from 1 to 9 or, where none was given, its own. */
  compress(level?: number): ByteTransform;
  /** Decompresses. */
  decompress(): ByteTransform;
}

export interface Entry {
  readonly prefix: readonly number[];
  readonly extension: string;
  /** Of `compress: true` or a name. */
  readonly level: number;
  readonly registered?: Compressor;
}

const own = (prefix: number[], extension: string, level: number): Entry => ({
  prefix,
  extension,
  level,
});

/** In joblib's order; the levels are those of Python's modules. */
export const compressors = new Map<string, Entry>([
  ['zlib', own([0x78], '.z', 3)],
  ['gzip', own([0x1f, 0x8b], '.gz', 3)],
  ['bz2', own([0x42, 0x5a], '.bz2', 9)],
  ['lzma', own([0x5d, 0x00], '.lzma', 6)],
  ['xz', own([0xfd, 0x37, 0x7a, 0x58, 0x5a], '.xz', 6)],
  ['lz4', own([0x04, 0x22, 0x4d, 0x18], '.lz4', 0)],
]);

/**
 * Makes a compressor known to `dump` and `load`, as `joblib.register_compressor` does.
 *
 * Differs from joblib: an empty prefix or extension matches no file, where joblib's matches every one.
 *
 * @param name what `compress` calls it
 * @param compressor its prefix, its extension, and pairs of streams such as `CompressionStream`
 * @param options `force`: it may take the place of one of that name
 * @throws `TypeError` for a name or a compressor that is none; `RangeError` if the name is taken
 * @example
 * // The platform's own gzip, which has no levels.
 * const gzip = {
 *   prefix: new Uint8Array([0x1f, 0x8b]),
 *   extension: '.gz',
 *   compress: () => new CompressionStream('gzip'),
 *   decompress: () => new DecompressionStream('gzip'),
 * };
 * registerCompressor('gzip', gzip, { force: true });
 */
export function registerCompressor(
  name: string,
  compressor: Compressor,
  { force = false }: { readonly force?: boolean } = {},
): void {
  if (typeof name !== 'string')
    throw new TypeError(`Compressor name should be a string, '${shown(name)}' given.`);
  const { prefix, extension, compress, decompress } = (compressor ?? {}) as Partial<Compressor>;
  if (
    !(prefix instanceof Uint8Array) ||
    typeof extension !== 'string' ||
    typeof compress !== 'function' ||
    typeof decompress !== 'function'
  )
    throw new TypeError(
      `Compressor should implement the Compressor interface { prefix, extension, compress, decompress }, '${shown(compressor)}' given.`,
    );
  if (compressors.has(name) && !force)
    throw new RangeError(`Compressor '${name}' already registered.`);
  compressors.set(name, { prefix: [...prefix], extension, level: -1, registered: compressor });
}

/** A value in an error's text. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `(${value.map(shown).join(', ')})`;
  return typeof value === 'object' && value !== null
    ? Object.prototype.toString.call(value)
    : String(value);
}
