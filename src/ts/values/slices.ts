// Values to tapes and back, and to hashes, in slices, for a page's main thread: loaded when there is a large one.

import { callEngine, type Engine } from '../wasm.js';
import { readTapeInSlices } from './build.js';
import { hashInSlices as hashSlices } from './hash-slices.js';
import type { Tape } from './ops.js';
import { locating } from './unsupported.js';
import { writeTapeInSlices } from './walk-slices.js';

type Pause = () => Promise<void> | undefined;

/** Asking for the time takes longer than a small value. */
const ASKED_EACH = 16;

function rarely(pause: Pause): Pause {
  let turn = 0;
  return () => (++turn % ASKED_EACH === 0 ? pause() : undefined);
}

/**
 * Reads a value in slices; its large buffers are listed themselves. What changes before the promise
 * has resolved may be seen.
 *
 * @throws UnsupportedError UNSUPPORTED_VALUE with the path of what cannot be held
 */
export async function toTapeInSlices(value: unknown, pause: Pause): Promise<Tape> {
  try {
    return await writeTapeInSlices(value, true, rarely(pause));
  } catch (error) {
    return locating(value, () => {
      throw error;
    });
  }
}

/** Makes the value again. Its arrays are views of the tape's buffers, not copies. */
export function fromTapeInSlices(tape: Tape, pause: Pause): Promise<unknown> {
  return readTapeInSlices(tape, rarely(pause));
}

/**
 * The hash of a value, taken in slices. What changes before the promise has resolved may be seen.
 *
 * @throws UnsupportedError UNSUPPORTED_VALUE with the path of what cannot be hashed; `BlobNotRead`
 */
export async function hashInSlices(engine: Engine, value: unknown, pause: Pause): Promise<string> {
  try {
    return await hashSlices(engine, value, rarely(pause));
  } catch (error) {
    return callEngine(() =>
      locating(value, () => {
        throw error;
      }),
    );
  }
}
