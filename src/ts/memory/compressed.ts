// Results that are compressed, through the codecs of joblite's files, which are loaded when one is met.

import { makeError } from '../errors.js';
import type { DumpOptions } from '../files/options.js';
import type { Tape } from '../values/index.js';
import type { Part } from './store.js';

/** Whether a file is joblib's, uncompressed: pickles begin so from protocol 2 on. */
export function isPickle(parts: readonly Part[]): boolean {
  const first = parts.find(({ byteLength }) => byteLength > 0);
  if (!first) return true;
  return (first instanceof Uint8Array ? first : new Uint8Array(first))[0] === 0x80;
}

/**
 * Reads a compressed file.
 *
 * @throws FormatError CORRUPT_DATA, also for what is no file at all; SetupError NOT_INITIALIZED where the
 *   codecs cannot be loaded
 */
export async function readCompressed(parts: readonly Part[]): Promise<Tape> {
  const { readFileTape } = await files();
  return readFileTape(new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()));
}

/**
 * Checks what `dump` takes as `compress`, before a result is computed for it.
 *
 * @throws `RangeError` or `TypeError` in joblib's words
 */
export async function checkCompress(compress: DumpOptions['compress']): Promise<void> {
  // Where the codecs cannot be loaded the call goes on; its result is not stored.
  const calls = await files().catch(() => undefined);
  calls?.dumpSettings({ compress }, undefined);
}

/** Writes a tape as one compressed file. The tape is used up. */
export async function writeCompressed(
  tape: Tape,
  compress: DumpOptions['compress'],
): Promise<Part[]> {
  const { writeFileOf } = await files();
  return [await writeFileOf(tape, { compress })];
}

async function files(): Promise<typeof import('../files/calls.js')> {
  try {
    return await import('../files/calls.js');
  } catch (cause) {
    throw makeError(
      'NOT_INITIALIZED',
      'the codecs of joblite/files could not be loaded',
      {},
      { cause },
    );
  }
}
