// `hash` with `hashName` gives what Python's `joblib.hash` gives.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/build/run.mjs';
import { evaluate } from '../fixtures/examples.js';
import { build, descriptions, EXPRESSIONS, REFUSED } from './hash-values.mjs';

/** Random values, by the number that they begin with. */
const RANDOM = { count: 600, seed: 20261127 };

/** The order of the four hashes that hash.py gives for each value. */
const HASHES = [
  { hashName: 'md5', python: '3.11' },
  { hashName: 'sha1', python: '3.11' },
  { hashName: 'md5' },
  { hashName: 'sha1', python: '3.14' },
];

/** Calls `check(name, problem)` for each value. */
export async function compareHashes(joblite, python, folder, check) {
  const values = [
    ...EXPRESSIONS.map(([python, javascript]) => ({
      name: python.slice(0, 70),
      ask: { python },
      make: () => evaluate(javascript, joblite),
    })),
    ...descriptions(RANDOM.count, RANDOM.seed).map((value, i) => ({
      name: `random value ${i}: ${JSON.stringify(value).slice(0, 70)}`,
      ask: { value },
      make: () => build(value, joblite),
    })),
  ];
  const list = join(folder, 'hash.json');
  writeFileSync(list, JSON.stringify(values.map(({ ask }) => ask)));
  const answer = JSON.parse(await run(python, [join(import.meta.dirname, 'hash.py'), list]));
  for (const [i, { name, make }] of values.entries()) {
    const found = [];
    for (const options of HASHES) {
      found.push(await joblite.hash(make(), options).catch((error) => error.message));
    }
    const equal = JSON.stringify(found) === JSON.stringify(answer.hashes[i]);
    check(
      `joblib.hash of ${name}`,
      equal ? undefined : `joblib ${answer.hashes[i].join(' ')}\n    joblite ${found.join(' ')}`,
    );
  }
  for (const [expression, path] of REFUSED) {
    const problem = await joblite.hash(evaluate(expression, joblite), { hashName: 'md5' }).then(
      (hash) => `it gave ${hash}`,
      ({ code, details, message }) =>
        code === 'UNSUPPORTED_VALUE' && details.path === path ? undefined : `it said ${message}`,
    );
    check(`no joblib.hash of ${expression}`, problem);
  }
}
