// Makes the seeds of the tape target from the examples of values: `node tests/fuzz/make-tapes.mjs`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EXPRESSIONS, evaluate } from '../fixtures/examples.js';
import { internals } from '../fixtures/internals.mjs';

/** Longer ones teach the fuzzer nothing more. */
const MAX_BYTES = 2000;

const joblite = await internals(resolve(import.meta.dirname, '../..'));
const folder = join(import.meta.dirname, 'corpus/tapes');
mkdirSync(folder, { recursive: true });
for (const [number, expression] of Object.values(EXPRESSIONS).entries()) {
  const tape = await joblite.readBlobs(joblite.toTape(evaluate(expression, joblite)));
  const text = Buffer.from(tape.text.join(''));
  // As `parts` in targets/tape_reads_back.rs takes them apart.
  const head = Buffer.from(Uint16Array.of(tape.ops.length, text.length).buffer);
  const sizes = Uint16Array.from(tape.buffers, ({ byteLength }) => byteLength);
  const input = Buffer.concat([head, tape.ops, text, new Uint8Array(sizes.buffer)]);
  if (input.length <= MAX_BYTES) writeFileSync(join(folder, String(number)), input);
}
