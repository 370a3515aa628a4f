// Every compressor against Python's modules: each reads what the other wrote, at every level.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { run } from '../../src/build/run.mjs';
import { compressors } from '../fixtures/internals.mjs';

const NAMES = ['zlib', 'gzip', 'bz2', 'lzma', 'xz', 'lz4'];

/** Half of it repeats, and it is longer than lz4's largest block would hold of some sizes. */
function sample() {
  const numbers = new Float64Array(40_000);
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.round(1000 * Math.sin(i)) / 100;
  return new Uint8Array(numbers.buffer);
}

/** What is wrong, one a line. */
export async function compressorProblems({ root, python, folder }) {
  const joblite = await compressors(root);
  const place = join(folder, 'compressors');
  mkdirSync(place);
  const data = sample();
  writeFileSync(join(place, 'data'), data);
  for (const name of NAMES) {
    for (let level = 0; level <= 9; level++) {
      const encoder = await joblite.encoder(name, level);
      const parts = [await encoder.write(data), await encoder.finish()];
      encoder.free();
      writeFileSync(join(place, `js-${name}-${level}`), Buffer.concat(parts));
    }
  }
  const script = join(import.meta.dirname, 'compressors.py');
  const { problems, cases } = JSON.parse(await run(python, [script, place], { silent: true }));
  for (const { about, name, file, times } of cases) {
    try {
      const read = await decompress(joblite, name, readFileSync(join(place, file)));
      const expected = Buffer.concat(Array(times).fill(data));
      if (!read.equals(expected)) problems.push(`joblite reads other data from ${about}`);
    } catch (error) {
      problems.push(`joblite reading ${about}: ${error.message}`);
    }
  }
  return problems;
}

async function decompress(joblite, name, file) {
  if (joblite.detect(file) !== name) throw new Error(`taken for ${joblite.detect(file)}`);
  const decoder = await joblite.decoder(name);
  const parts = [];
  for (let at = 0; at < file.length; at += 10_000) {
    await decoder.write(file.subarray(at, at + 10_000));
    for (;;) {
      const some = await decoder.read(30_000);
      if (some.length === 0) break;
      parts.push(some);
    }
  }
  await decoder.finish();
  decoder.free();
  return Buffer.concat(parts);
}
