// What `dump` and `load` of a large array cost: uncompressed against a copy of its bytes, compressed
// against joblib in Python on this machine and in Pyodide. After `npm run build`:
// `node tests/bench/files.mjs [node] [chromium] [firefox] [--mb=100] [--rounds=3] [--no-pyodide]`

import { resolve } from 'node:path';
import { COMPRESSIONS } from './files-measure.js';
import { openPlace } from './places.js';
import { startPyodide } from './pyodide-peer.js';
import { startPython } from './python-peer.js';
import { compare, head } from './table.js';

const option = (name, otherwise) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise);

const root = resolve(import.meta.dirname, '../..');
const nbytes = option('mb', 100) * 1e6;
const rounds = option('rounds', 3);
const names = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));

const python = await startPython();
const peers = [{ name: 'Python', peer: python, atMost: 1.5 }];
if (!process.argv.includes('--no-pyodide'))
  peers.push({ name: 'Pyodide', peer: await startPyodide(root, 'chromium'), atMost: 1 / 3 });
try {
  for (const name of names.length > 0 ? names : ['node', 'chromium']) {
    const place = await openPlace(name, root, 'files-measure.js');
    try {
      await measure(name, place);
    } finally {
      await place.close();
    }
  }
} finally {
  for (const { peer } of peers) await peer.close();
}

async function measure(name, place) {
  console.log(`${head()}  ${name}, ${nbytes / 1e6} MB`);
  await place.prepare(String(nbytes));
  for (const what of ['dump', 'load']) {
    const row = await compare(`${what} uncompressed / a copy`, {
      ours: () => place.time(`${what} uncompressed`),
      peer: () => place.time('copy'),
      atMost: 2,
    });
    console.log(row);
  }
  // What no loader can be below: memory that is new to the process, page by page. NumPy's is in huge
  // pages, which browsers and Node do not ask for; where this is above 1.5, so is `load lz4`.
  await python.addFiles(nbytes, [['lz4', 0]]);
  await python.time('dump lz4');
  const floor = await compare('floor: a fresh copy / load lz4 by joblib in Python', {
    ours: () => place.time('copy'),
    peer: () => python.time('load lz4'),
  });
  console.log(floor);
  for (const [compression, level] of COMPRESSIONS) {
    // A second for each megabyte: a tenth of the array says as much.
    const size = compression === 'xz' ? nbytes / 10 : nbytes;
    await place.prepare(String(size));
    for (const { name: peerName, peer, atMost } of peers) {
      const has = await peer.addFiles(size, [[compression, level]]);
      if (has.length === 0) {
        console.log(`${compression}: joblib in ${peerName} has no such compressor`);
        continue;
      }
      for (const what of ['dump', 'load']) {
        const row = await compare(
          `${what} ${compression}, ${size / 1e6} MB / joblib in ${peerName}`,
          {
            ours: () => place.time(`${what} ${compression}`),
            peer: () => peer.time(`${what} ${compression}`),
            atMost,
            rounds,
            warmUps: 1,
          },
        );
        console.log(row);
      }
    }
  }
}
