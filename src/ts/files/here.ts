// The engine's work for files, in this thread.

import { readTapeOf, writeOpcodes } from '../values/pickle.js';
import { callEngine, type Engine } from '../wasm.js';
import { decoder, encoder } from './compressors.js';
import type { Reader, Work } from './work.js';

/** Work that is done in this thread. */
export function workHere(engine: Engine): Work {
  return {
    here: true,
    opcodes: (ops, text, sizes, high, protocol) =>
      writeOpcodes(engine, { ops, text }, sizes, high, protocol),
    reader: (strict) => openReader(engine, strict),
    encoder,
    decoder,
  };
}

function openReader(engine: Engine, strict: boolean): Reader {
  const reader = callEngine(() => new engine.PickleReader(strict));
  return {
    feed: (offset, window) =>
      callEngine(() => ({ next: reader.feed(offset, window), met: reader.takeMet() })),
    finish: () =>
      callEngine(() => {
        const tape = readTapeOf(reader);
        const held = new Map<number, ArrayBuffer>();
        for (let i = 0; i < tape.places.length; i += 2) {
          if ((tape.places[i] as number) < 0)
            held.set(i / 2, reader.held(i / 2).buffer as ArrayBuffer);
        }
        return { ...tape, held };
      }),
    free: () => reader.free(),
  };
}
