// The store on IndexedDB against idb-keyval, on a disk: `node tests/bench/store.mjs [chromium] [firefox]
// [SUBJECT...]`, after `npm run build`. A subject is a word of those of store-measure.js.

import { resolve } from 'node:path';
import { openPlace } from './places.js';
import { compare, head } from './table.js';

const PLACES = ['chromium', 'firefox'];
/** Runs of ours, the peer's, and the ratio to be reached. */
const ROWS = {
  '1 kB, 50 times': [
    ['miss', 'miss, idb-keyval', 1.3],
    ['hit', 'hit, idb-keyval', 1.2],
  ],
  '1 MB': [
    ['miss', 'miss, idb-keyval', 1.1],
    ['hit', 'hit, idb-keyval', 1.1],
  ],
  '100 MB': [
    ['miss', 'miss, idb-keyval', 1.1],
    ['hit', 'hit, idb-keyval', 1.1],
  ],
  '1,000 in flight': [['misses', 'sets, idb-keyval', 0.2]],
  '100,000 results': [
    ['hits', 'hits, 100', 1.2],
    ['open', 'open, 100'],
    ['evict 1 %', 'list all'],
  ],
};

const root = resolve(import.meta.dirname, '../..');
const args = process.argv.slice(2);
const places = PLACES.filter((name) => args.includes(name));
const words = args.filter((arg) => !PLACES.includes(arg));
for (const name of places.length > 0 ? places : PLACES) {
  const place = await openPlace(name, root, 'store-measure.js');
  try {
    console.log(`${head('the other')}  ${name}`);
    for (const [subject, rows] of Object.entries(ROWS)) {
      if (words.length > 0 && !words.some((word) => subject.includes(word))) continue;
      await place.prepare(subject);
      for (const [ours, peer, atMost] of rows) {
        const row = await compare(`${subject}: ${ours}, against ${peer}`, {
          ours: () => place.time(ours),
          peer: () => place.time(peer),
          atMost,
          rounds: subject === '100 MB' ? 5 : 9,
        });
        console.log(row);
      }
    }
  } finally {
    await place.close();
  }
}
