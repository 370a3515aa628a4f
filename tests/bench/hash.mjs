// What `hash` costs against hash-wasm, object-hash, ohash, and joblib.hash in Python on this machine:
// `node tests/bench/hash.mjs [node] [chromium] [firefox] [webkitgtk]`, after `npm run build`.

import { resolve } from 'node:path';
import { subjects, TIMES } from './hash-measure.js';
import { openPlace } from './places.js';
import { startPython } from './python-peer.js';
import { compare, head } from './table.js';

// 80 MB: the compressions alone, of bytes that lie in the engine's memory already, take 42 ms of 48 in Node 20,
// where hash-wasm takes 101: 0.42 is the least there, whatever else is saved. To copy them is the other 5. Pieces
// of 16 KiB to 1 MiB take the same, and so does the module without wasm-opt.
const ROWS = [
  ['80 MB Float64Array', 'hash-wasm BLAKE3', 1 / 2.5],
  ['80 MB Float64Array', 'joblib in Python', 1],
  ['0.8 MB Float64Array', 'hash-wasm BLAKE3', undefined],
  ['0.8 MB Float64Array', 'object-hash', 1 / 50],
  ['0.8 MB Float64Array', 'ohash', 1 / 50],
  ['0.8 MB Float64Array', 'joblib in Python', 1],
  ['a small object', 'ohash', 1 / 4],
  ['60,000 records', 'ohash', 1 / 8],
];

/** Peers that hash once where joblite and others hash `TIMES`. */
const ONCE = ['object-hash', 'joblib in Python'];

const root = resolve(import.meta.dirname, '../..');
const places = process.argv.slice(2);
const python = await startPython();
await python.addHashes();
try {
  for (const name of places.length > 0 ? places : ['node', 'chromium']) {
    const place = await openPlace(name, root, 'hash-measure.js');
    try {
      console.log(`${head()}  ${name}`);
      for (const subject of Object.keys(subjects)) {
        await place.prepare(subject);
        const times = TIMES[subject] ?? 1;
        for (const [, peer, atMost] of ROWS.filter(([of]) => of === subject)) {
          const once = ONCE.includes(peer) || (peer === 'ohash' && subject.includes('Array'));
          const row = await compare(`hash of ${subject} / ${peer}`, {
            ours: async () => (await place.time('joblite')) / times,
            peer: () =>
              peer === 'joblib in Python' ? python.time(`hash ${subject}`) : place.time(peer),
            share: once ? 1 : 1 / times,
            atMost,
            rounds: 5,
            warmUps: 1,
          });
          console.log(row);
        }
      }
    } finally {
      await place.close();
    }
  }
} finally {
  python.close();
}
