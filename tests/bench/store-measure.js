// What is done with a store, and with idb-keyval, which keeps each value under its key: the least that a
// store on IndexedDB can do. Values are a result's output.pkl and metadata.json here, the same bytes there.

import { createStore, get, set } from 'idb-keyval';
import { openAnother } from '../../src/ts/memory/store.ts';
import { setWasmUrl } from '../../src/ts/wasm.ts';

setWasmUrl('/dist/joblite.wasm');

const SMALL = 50;
const metadata = () => new TextEncoder().encode('{"duration": 0.001, "input_args": {"x": "1"}}');
const bufferOf = (nbytes) => new Float64Array(nbytes / 8).fill(1.5).buffer;

let count = 0;
const fresh = () => `bench-${Date.now()}-${count++}`;

async function operations(nbytes, many) {
  const databasePrefix = fresh();
  const store = await openAnother({ databasePrefix });
  const keyval = createStore(fresh(), 'keyval');
  const value = bufferOf(nbytes);
  const dir = (i) => `c/joblib/js/f/${String(i).padStart(32, '0')}`;
  let next = 0;
  const each = async (run) => {
    for (let i = 0; i < many; i++) await run();
  };
  const miss = async () => {
    const path = dir(next++);
    if ((await store.read(`${path}/output.pkl`)) !== null) throw new Error('a hit');
    const claim = await store.claim(`${path}/output.pkl`);
    if (claim !== 'granted') throw new Error(claim);
    await store.commit([
      ['put', `${path}/output.pkl`, [value]],
      ['put', `${path}/metadata.json`, [metadata()]],
      ['release', `${path}/output.pkl`],
    ]);
  };
  const missPeer = async () => {
    const key = dir(next++);
    if ((await get(key, keyval)) !== undefined) throw new Error('a hit');
    await set(key, value, keyval);
  };
  await miss();
  await set('hit', value, keyval);
  const hit = async () => {
    const parts = await store.read(`${dir(0)}/output.pkl`);
    if (parts[0].byteLength !== nbytes) throw new Error('another value');
  };
  const hitPeer = async () => {
    if ((await get('hit', keyval)).byteLength !== nbytes) throw new Error('another value');
  };
  return {
    miss: () => each(miss),
    'miss, idb-keyval': () => each(missPeer),
    hit: () => each(hit),
    'hit, idb-keyval': () => each(hitPeer),
  };
}

async function inFlight(n) {
  const store = await openAnother({ databasePrefix: fresh() });
  const keyval = createStore(fresh(), 'keyval');
  const value = bufferOf(1000);
  let round = 0;
  const keys = () => {
    round += 1;
    return Array.from({ length: n }, (_, i) => `c/joblib/js/f/${round}-${i}`);
  };
  const miss = async (path) => {
    if ((await store.read(`${path}/output.pkl`)) !== null) throw new Error('a hit');
    await store.claim(`${path}/output.pkl`);
    await store.commit([
      ['put', `${path}/output.pkl`, [value]],
      ['put', `${path}/metadata.json`, [metadata()]],
      ['release', `${path}/output.pkl`],
    ]);
  };
  return {
    misses: () => Promise.all(keys().map(miss)),
    'sets, idb-keyval': () => Promise.all(keys().map((key) => set(key, value, keyval))),
  };
}

/** Stores of `large` and of 100 results. */
async function many(large) {
  const content = () => [new Uint8Array(100)];
  const fill = async (n) => {
    const databasePrefix = fresh();
    const store = await openAnother({ databasePrefix });
    for (let i = 0; i < n; i += 5000) {
      const results = Array.from(
        { length: Math.min(5000, n - i) },
        (_, k) => `c/joblib/js/f/${String(i + k).padStart(32, '0')}`,
      );
      await store.commit(results.map((path) => ['put', `${path}/output.pkl`, content()]));
    }
    return { databasePrefix, store, n };
  };
  const [full, small] = [await fill(large), await fill(100)];
  const open = async ({ databasePrefix }) => {
    const store = await openAnother({ databasePrefix });
    await store.totals('');
    await store.close();
  };
  const hits = async ({ store, n }) => {
    for (let i = 0; i < SMALL; i++)
      await store.read(`c/joblib/js/f/${String((i * 977) % n).padStart(32, '0')}/output.pkl`);
  };
  let limit = large;
  return {
    open: () => open(full),
    'open, 100': () => open(small),
    hits: () => hits(full),
    'hits, 100': () => hits(small),
    // Nothing but another percent; the store is as large again for what comes after it.
    'evict 1 %': async () => {
      limit -= large / 100;
      const { items } = await full.store.reduceSize('c', { itemsLimit: limit });
      if (items !== large / 100) throw new Error(`${items} went`);
    },
    'list all': async () => {
      await full.store.list('c/');
    },
  };
}

export const subjects = {
  '1 kB, 50 times': () => operations(1000, SMALL),
  '1 MB': () => operations(1e6, 1),
  '100 MB': () => operations(1e8, 1),
  '1,000 in flight': () => inFlight(1000),
  '100,000 results': () => many(100_000),
};
