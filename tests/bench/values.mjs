// What values cost against half a structuredClone, which is there and back:
// `node tests/bench/values.mjs [node] [chromium] [firefox] [webkitgtk]`, after `npm run build`.

import { resolve } from 'node:path';
import { openPlace } from './places.js';
import { compare, head } from './table.js';
import { subjects } from './values-measure.js';

/** Ratios to be reached by value and by what is done with it; what is not named is not judged. */
const AT_MOST = {
  '60,000 records': { 'to a tape': 0.7, 'from a tape': 0.6, 'to a file': 1, 'from a file': 1 },
};
const OTHERS = { 'to a tape': 1.5, 'from a tape': 1.5 };

const root = resolve(import.meta.dirname, '../..');
const places = process.argv.slice(2);
for (const name of places.length > 0 ? places : ['node', 'chromium']) {
  const place = await openPlace(name, root, 'values-measure.js');
  try {
    console.log(`${head('half structuredClone')}  ${name}`);
    for (const subject of Object.keys(subjects)) {
      await place.prepare(subject);
      for (const run of [
        'to a tape',
        'from a tape',
        'to a file',
        'from a file',
        'tape to file',
        'file to tape',
      ]) {
        const row = await compare(`${subject}: ${run}`, {
          ours: () => place.time(run),
          peer: () => place.time('structuredClone'),
          share: 0.5,
          atMost: (AT_MOST[subject] ?? OTHERS)[run],
        });
        console.log(row);
      }
    }
  } finally {
    await place.close();
  }
}
