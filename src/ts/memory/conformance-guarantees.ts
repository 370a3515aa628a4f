// What a store does when something fails, and what it promises beyond the least.

import {
  bytesOf,
  equal,
  inPlace,
  paths,
  put,
  rejects,
  type StoreCheck,
} from './conformance-place.js';
import type { StoreGuarantees } from './store-backend.js';

/** So long may the word of a removal take. */
const TOLD_MS = 20_000;

export const checksOfFailures: readonly StoreCheck[] = [
  {
    name: 'writes nothing of a commit whose buffers are gone, and goes on',
    run: inPlace(async ({ store, dir }) => {
      const gone = new Uint8Array(8);
      structuredClone(gone, { transfer: [gone.buffer] });
      const commit = store.commit([put(`${dir}a`, 1), ['put', `${dir}b`, [gone]]]);
      await rejects('a transferred buffer', commit, 'STORE_ABORTED');
      equal('entries', await store.list(''), []);
      await store.commit([put(`${dir}a`, 2)]);
      equal('afterwards', bytesOf(await store.read(`${dir}a`)), [2]);
    }),
  },
  {
    name: 'never shows a torn entry to whoever reads while it is replaced',
    run: inPlace(async ({ store, dir }) => {
      const path = `${dir}f/0a/output.pkl`;
      const content = (i: number) => [
        new Uint8Array(40_000 + i).fill(i),
        new Uint8Array(9).fill(i),
      ];
      await store.commit([['put', path, content(1)]]);
      const writes = Promise.all(
        Array.from({ length: 12 }, (_, i) => store.commit([['put', path, content(i + 1)]])),
      );
      for (let i = 0; i < 12; i++) {
        const bytes = bytesOf(await store.read(path)) ?? [];
        const [first = 0] = bytes;
        const whole = bytes.length === 40_009 + first && bytes.every((byte) => byte === first);
        equal('a whole entry', whole, true);
      }
      await writes;
    }),
  },
];

/** The checks of what is promised. */
export function checksOfGuarantees({ atomic, shared, durable }: StoreGuarantees): StoreCheck[] {
  return [
    ...(atomic ? [allOrNothing] : []),
    ...(shared ? [seenByOthers, claimedOnce] : []),
    ...(durable ? [thereLater] : []),
  ];
}

const allOrNothing: StoreCheck = {
  name: 'performs all of a commit or nothing: nobody sees a part of it',
  run: inPlace(async ({ store, dir }) => {
    const both = (i: number) => [put(`${dir}a`, i), put(`${dir}b`, i)];
    await store.commit(both(0));
    const writes = Promise.all(Array.from({ length: 20 }, (_, i) => store.commit(both(i))));
    for (let i = 0; i < 20; i++) {
      const sizes = new Set([(await store.list(dir)).length]);
      equal('entries', [...sizes], [2]);
    }
    await writes;
    await rejects(
      'a commit with a move of nothing',
      store.commit([put(`${dir}c`, 1), ['move', `${dir}none`, `${dir}d`]]),
      'ITEM_NOT_FOUND',
    );
    equal('paths', paths(await store.list(dir)), [`${dir}a`, `${dir}b`]);
  }),
};

const seenByOthers: StoreCheck = {
  name: 'shows every connection what another one committed',
  run: inPlace(async ({ store, dir, another }) => {
    const other = await another();
    await store.commit([put(`${dir}a`, 1)]);
    equal('an entry', bytesOf(await other.read(`${dir}a`)), [1]);
    equal('a list', paths(await other.list(dir)), [`${dir}a`]);
    await other.commit([['delete', `${dir}a`], put(`${dir}b`, 2)]);
    equal('no entry', await store.read(`${dir}a`), null);
    equal('a list', paths(await store.list(dir)), [`${dir}b`]);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const told = new Promise<string>((resolve) => {
      other.onRemoved(resolve);
      timer = setTimeout(() => resolve('nothing'), TOLD_MS);
    });
    await store.commit([['delete', `${dir}b`]]);
    equal('told of a removal', await told, `${dir}b`);
    clearTimeout(timer);
  }),
};

const claimedOnce: StoreCheck = {
  name: 'shows every connection what another one claimed and wrote',
  run: inPlace(async ({ store, dir, another }) => {
    const other = await another();
    equal('a claim', await store.claim(`${dir}a`), 'granted');
    await store.commit([put(`${dir}a`, 1), ['release', `${dir}a`]]);
    equal('a claim of what is there', await other.claim(`${dir}a`), 'present');
  }),
};

const thereLater: StoreCheck = {
  name: 'has its entries when it is opened again',
  run: inPlace(async ({ store, dir, another }) => {
    await store.commit([put(`${dir}a`, 1, 2), put(`${dir}f/b`, 3)], { durability: 'strict' });
    await store.close();
    const later = await another();
    equal('paths', paths(await later.list('')), [`${dir}a`, `${dir}f/b`]);
    equal('bytes', bytesOf(await later.read(`${dir}a`)), [1, 2]);
  }),
};
