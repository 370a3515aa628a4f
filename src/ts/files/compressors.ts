// Compressors by name, prefix and extension; and what `compress` means, by joblib's rules and in its words.

import { FormatError } from '../errors.js';
import { type Decoder, type Encoder, ownDecoder, ownEncoder } from './codecs.js';
import { compressors, type Entry, shown } from './register-compressor.js';
import { transformDecoder, transformEncoder } from './transform-codec.js';

export type { Decoder, Encoder } from './codecs.js';

/** How a file is to be compressed; the level is -1 for a registered compressor's own. */
export interface Compression {
  readonly name: string;
  readonly level: number;
}

/** Of files that joblib before 0.10 compressed, `ZF`: their arrays are in other files. */
const OLD_PREFIX = [0x5a, 0x46];

/** An encoder of a compressor by name. The level is from 0 to 9, or -1: see {@link Compression}. */
export async function encoder(name: string, level: number): Promise<Encoder> {
  const { registered } = entry(name);
  if (!registered) return ownEncoder(name, level);
  return transformEncoder(registered.compress(level < 0 ? undefined : level));
}

/** A decoder of a compressor by name. */
export async function decoder(name: string): Promise<Decoder> {
  const { registered } = entry(name);
  return registered ? transformDecoder(name, registered.decompress()) : ownDecoder(name);
}

/** Whether it is one that was registered, in this thread. */
export function isRegistered(name: string): boolean {
  return compressors.get(name)?.registered !== undefined;
}

function entry(name: string): Entry {
  const found = compressors.get(name);
  if (found) return found;
  const names = [...compressors.keys()].map((known) => `'${known}'`).join(', ');
  throw new RangeError(
    `Non valid compression method given: "${name}". Possible values are [${names}].`,
  );
}

/** The compressor of a file that begins so; undefined if it is not compressed. */
export function detect(first: Uint8Array): string | undefined {
  if (begins(first, OLD_PREFIX)) {
    const actual = '5a46';
    throw new FormatError(
      'UNKNOWN_COMPRESSION',
      'unknown compression at byte 0: joblib before 0.10 wrote this file; load it in Python and dump it again with a newer joblib',
      { offset: 0, actual },
    );
  }
  for (const [name, { prefix }] of compressors) {
    if (prefix.length > 0 && begins(first, prefix)) return name;
  }
  return undefined;
}

function begins(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}

/** The compressor of a path, by its extension; the last one registered where there are several. */
export function compressorOf(path: string): string | undefined {
  let found: string | undefined;
  for (const [name, { extension }] of compressors) {
    if (extension !== '' && path.endsWith(extension)) found = name;
  }
  return found;
}

/**
 * What `compress` means: null is not compressed. A path's extension decides where no name was given.
 *
 * @throws `RangeError` or `TypeError` for a level or a name that is none
 */
export function parseCompress(compress: unknown, path?: string): Compression | null {
  const [name, level] = nameAndLevel(compress);
  const given = level === undefined ? undefined : checkedLevel(level);
  const { level: usual } = entry(name ?? 'zlib');
  if (name === undefined && path !== undefined) {
    const found = compressorOf(path);
    if (found !== undefined)
      return {
        name: found,
        level: given === undefined || given === 0 ? entry(found).level : given,
      };
  }
  if (given === 0) return null;
  return { name: name ?? 'zlib', level: given ?? usual };
}

/** The name, if one was given, and the level, unless the usual one is meant. */
function nameAndLevel(compress: unknown): [string | undefined, unknown] {
  if (compress === true) return [undefined, undefined];
  if (compress === undefined) return [undefined, 0];
  if (typeof compress === 'string') return [compress, undefined];
  if (!Array.isArray(compress)) return [undefined, compress];
  if (compress.length !== 2)
    throw new RangeError(
      `Compress argument tuple should contain exactly 2 elements: (compress method, compress level), you passed ${shown(compress)}`,
    );
  const [name, level] = compress as [unknown, unknown];
  return [String(name), level ?? undefined];
}

const LEVELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

function checkedLevel(level: unknown): number {
  // As in Python, where True is 1 and False is 0.
  const number = typeof level === 'boolean' ? Number(level) : level;
  if (typeof number === 'number' && LEVELS.includes(number)) return number;
  const message = `Non valid compress level given: "${shown(level)}". Possible values are [${LEVELS.join(', ')}].`;
  throw typeof level === 'number' ? new RangeError(message) : new TypeError(message);
}
