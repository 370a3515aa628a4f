// `node tests/interop/make-corpus.mjs`: writes tests/fixtures/joblib-files.json, small files of the oldest
// and the newest joblib of the environments, for tests that need real files but no Python.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at } from '../../src/build/places.mjs';
import { interopPythons } from '../../src/build/python.mjs';
import { dumpValues } from './versions.mjs';

/** The tests damage every bit of every file: their time grows with the square of its size. */
const MAX_BYTES = 450;

/** Of these there are very many, all alike; and the padding inside a long double is of any content. */
const LEFT_OUT =
  /^array of [<>|](?!f8)|^array of C's|complex256|64\[(?!ns)|^scalars of (?!ints|text)/;

process.env.PYTHONHASHSEED = '0';
const environments = await interopPythons();
const chosen = [
  { environment: environments[0], protocols: [0, 2], maxBytes: 400 },
  { environment: environments[environments.length - 1], protocols: [4, 5], maxBytes: MAX_BYTES },
];
const files = [];
for (const { environment, protocols, maxBytes } of chosen) {
  const folder = mkdtempSync(join(tmpdir(), 'joblite-interop-'));
  const dumped = await dumpValues(environment.python, folder);
  if (dumped.problems.length > 0) throw new Error(dumped.problems.join('\n'));
  const names = new Set();
  for (const { name, protocol, file } of dumped.files) {
    // In turn, a protocol a value.
    if (protocol !== protocols[names.size % protocols.length]) continue;
    if (names.has(name) || LEFT_OUT.test(name)) continue;
    const bytes = readFileSync(join(folder, file));
    if (bytes.length > maxBytes) continue;
    files.push({ name, from: environment.name, protocol, file: bytes.toString('base64') });
    names.add(name);
  }
  rmSync(folder, { recursive: true });
}
const lines = files.map((file) => `    ${JSON.stringify(file)}`).join(',\n');
writeFileSync(at('tests/fixtures/joblib-files.json'), `{\n  "files": [\n${lines}\n  ]\n}\n`);
