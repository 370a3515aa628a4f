// The engine's work for files, in this thread.

import { readTapeOf, writeOpcodes } from '../values/pickle.js';
import { callEngine, type Engine } from '../wasm.js';
import { decoder, encoder } from './compressors.js';
import type { Reader, Unpacker, Work } from './work.js';

/** Work that is done in this thread. */
export function workHere(engine: Engine): Work {
  return {
    here: true,
    opcodes: (ops, text, sizes, high, protocol) =>
      writeOpcodes(engine, { ops, text }, sizes, high, protocol),
    reader: (strict) => openReader(engine, strict),
    encoder,
    unpacker,
  };
}

/** One step after another; a step is waited for only where the compressor has to be. */
export async function unpacker(name: string): Promise<Unpacker> {
  const found = await decoder(name);
  const unpacked = (bytes: Uint8Array) => ({ bytes, left: found.unused });
  return {
    here: true,
    step(input, max, last) {
      const written = input && found.write(input);
      const finished = last
        ? written
          ? written.then(() => found.finish())
          : found.finish()
        : written;
      if (finished) return finished.then(() => found.read(max)).then(unpacked);
      const bytes = found.read(max);
      return bytes instanceof Promise ? bytes.then(unpacked) : unpacked(bytes);
    },
    free: () => found.free(),
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
