// Compressing and decompressing an array of float64 against Python's own modules, in turn:
// `node tests/bench/codecs.mjs [megabytes] [compressor...]`, after `npm run build`. Of 100 MB the
// ratios are those that are promised; xz takes minutes for it. Prints; nothing here fails.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { pythonEnvironment } from '../../src/build/python.mjs';
import { compressors } from '../fixtures/internals.mjs';

const LEVELS = { zlib: 3, gzip: 3, lz4: 0, bz2: 9, lzma: 6, xz: 6 };
const PIECE = 1 << 20;

/** Writes and reads with joblib, and prints the seconds of each. */
const PYTHON = `
import sys, time, joblib, numpy
source, target, name, level = sys.argv[1:]
array = numpy.fromfile(source)
start = time.perf_counter()
joblib.dump(array, target, compress=(name, int(level)) if int(level) else name)
middle = time.perf_counter()
joblib.load(target)
print(middle - start, time.perf_counter() - middle)
`;

/** Of two decimals, as measurements are; random ones hardly compress. */
function numbers(megabytes, decimals) {
  let state = 1;
  const array = new Float64Array((megabytes * 1e6) / 8);
  for (let i = 0; i < array.length; i++) {
    let sum = 0;
    for (let n = 0; n < 4; n++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      sum += state / 2 ** 32 - 0.5;
    }
    array[i] = decimals === undefined ? sum : Number(sum.toFixed(decimals));
  }
  return new Uint8Array(array.buffer);
}

async function joblite(codecs, name, data) {
  const encoder = await codecs.encoder(name, LEVELS[name]);
  const parts = [];
  const start = performance.now();
  for (let at = 0; at < data.length; at += PIECE)
    parts.push(encoder.write(data.subarray(at, at + PIECE)));
  parts.push(encoder.finish());
  const middle = performance.now();
  encoder.free();
  const decoder = await codecs.decoder(name);
  const restart = performance.now();
  for (const part of parts) {
    decoder.write(part);
    while (decoder.read(PIECE).length > 0);
  }
  decoder.finish();
  const end = performance.now();
  decoder.free();
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return { dump: middle - start, load: end - restart, size };
}

const [megabytes = '20', ...chosen] = process.argv.slice(2);
const { python } = await pythonEnvironment(() => {});
const codecs = await compressors(resolve(import.meta.dirname, '../..'));
const folder = mkdtempSync(join(tmpdir(), 'joblite-codecs-'));
const column = (text) => String(text).padStart(14);
try {
  console.log(`${megabytes} MB of float64; ms, and how many times joblib's`);
  console.log(['', '', 'dump', 'load', 'of joblib', 'size'].map(column).join(''));
  for (const [kind, decimals] of [
    ['random', undefined],
    ['2 decimals', 2],
  ]) {
    const data = numbers(Number(megabytes), decimals);
    const source = join(folder, 'data');
    writeFileSync(source, data);
    for (const name of chosen.length > 0 ? chosen : Object.keys(LEVELS)) {
      const args = ['-c', PYTHON, source, join(folder, 'out'), name, String(LEVELS[name])];
      const [dump, load] = spawnSync(python, args, { encoding: 'utf8' })
        .stdout.split(' ')
        .map((seconds) => 1000 * Number(seconds));
      const ours = await joblite(codecs, name, data);
      const against = (mine, theirs) => `${mine.toFixed(0)} ${(mine / theirs).toFixed(2)}x`;
      console.log(
        column(kind) +
          column(name) +
          [
            against(ours.dump, dump),
            against(ours.load, load),
            `${dump.toFixed(0)}, ${load.toFixed(0)}`,
            `${((100 * ours.size) / data.length).toFixed(1)} %`,
          ]
            .map(column)
            .join(''),
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
