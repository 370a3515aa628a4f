// What is hashed, by joblite's public `hash` and by other libraries. Sizes are said in the names.

import { createBLAKE3 } from 'hash-wasm';
import objectHash from 'object-hash';
import { hash as ohash } from 'ohash';
import { makeRecords } from './values-measure.js';

/** How often one run hashes a small value: more than the resolution of a page's clock. */
export const TIMES = { 'a small object': 20_000, '0.8 MB Float64Array': 20 };

export const subjects = {
  '80 MB Float64Array': ({ joblite }) => ofArray(joblite, 1e7, 1),
  '0.8 MB Float64Array': ({ joblite }) => ofArray(joblite, 1e5, TIMES['0.8 MB Float64Array']),
  'a small object': ({ joblite }) => {
    const value = { a: 1, b: 'x', c: [1, 2, 3] };
    const times = TIMES['a small object'];
    return {
      joblite: many(times, () => joblite.hash(value)),
      ohash: many(times, () => ohash(value)),
    };
  },
  '60,000 records': ({ joblite }) => {
    const value = makeRecords();
    return { joblite: () => joblite.hash(value), ohash: () => ohash(value) };
  },
};

async function ofArray(joblite, length, times) {
  const array = Float64Array.from({ length }, (_, i) => i / 3);
  const blake3 = await createBLAKE3(128);
  return {
    joblite: many(times, () => joblite.hash(array)),
    'hash-wasm BLAKE3': many(times, () =>
      blake3.init().update(new Uint8Array(array.buffer)).digest(),
    ),
    // Both make text of every number: one round of the smaller array is enough.
    'object-hash': () => objectHash(array),
    ohash: () => ohash(array),
  };
}

/** One after another, each awaited. */
function many(times, run) {
  if (times === 1) return run;
  return async () => {
    for (let i = 0; i < times; i++) await run();
  };
}
