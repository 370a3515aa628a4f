// What every store does: entries, lists, times, eviction, claims.

import {
  bytesOf,
  equal,
  inPlace,
  paths,
  put,
  rejects,
  type StoreCheck,
} from './conformance-place.js';

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

export const checksOfEntries: readonly StoreCheck[] = [
  {
    name: 'gives back what was put, and nothing where nothing is',
    run: inPlace(async ({ store, dir }) => {
      const whole = new Float64Array([1.5, -2]).buffer;
      const view = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
      await store.commit([
        ['put', `${dir}f/0a/output.pkl`, [new Uint8Array([7]), whole, view, new Uint8Array(0)]],
        ['put', `${dir}f/0b/output.pkl`, []],
      ]);
      const expected = [7, ...new Uint8Array(whole), 1, 2];
      equal('bytes', bytesOf(await store.read(`${dir}f/0a/output.pkl`)), expected);
      equal('an empty entry', bytesOf(await store.read(`${dir}f/0b/output.pkl`)), []);
      equal('no entry', await store.read(`${dir}f/0c/output.pkl`), null);
      equal('no entry at a folder', await store.read(`${dir}f/0a`), null);
      const sizes = (await store.list(dir)).map(({ size }) => size);
      equal('sizes', sizes, [expected.length, 0]);
    }),
  },
  {
    name: 'keeps its entries apart from the values of its callers',
    run: inPlace(async ({ store, dir }) => {
      const bytes = new Uint8Array([1, 2, 3]);
      await store.commit([['put', `${dir}a`, [bytes, bytes.buffer]]]);
      bytes.fill(9);
      const first = await store.read(`${dir}a`);
      equal('after the buffer changed', bytesOf(first), [1, 2, 3, 1, 2, 3]);
      for (const part of first ?? [])
        new Uint8Array(part instanceof Uint8Array ? part.buffer : part).fill(0);
      equal(
        'after what was read changed',
        bytesOf(await store.read(`${dir}a`)),
        [1, 2, 3, 1, 2, 3],
      );
    }),
  },
  {
    name: 'replaces, removes and moves in the order of a commit',
    run: inPlace(async ({ store, dir }) => {
      await store.commit([put(`${dir}a`, 1), put(`${dir}b`, 2), put(`${dir}a`, 3, 3)]);
      equal('replaced', bytesOf(await store.read(`${dir}a`)), [3, 3]);
      await store.commit([
        ['delete', `${dir}b`],
        ['delete', `${dir}none`],
        ['move', `${dir}a`, `${dir}c`],
        put(`${dir}d`, 4),
        ['move', `${dir}d`, `${dir}e`],
      ]);
      equal('paths', paths(await store.list(dir)), [`${dir}c`, `${dir}e`]);
      equal('moved', bytesOf(await store.read(`${dir}c`)), [3, 3]);
      await rejects(
        'a move of nothing',
        store.commit([['move', `${dir}x`, `${dir}y`]]),
        'ITEM_NOT_FOUND',
      );
      await Promise.all(range(20).map((i) => store.commit([put(`${dir}last`, i)])));
      equal('the last of many commits', bytesOf(await store.read(`${dir}last`)), [19]);
    }),
  },
  {
    name: 'removes by prefix, as text',
    run: inPlace(async ({ store, dir }) => {
      const all = ['f/0a/x', 'f/0a/y', 'f/0ab/x', 'fg/0a/x'].map((path) => dir + path);
      await store.commit(all.map((path) => put(path, 1)));
      await store.commit([['deletePrefix', `${dir}f/0a/`]]);
      equal('a directory', paths(await store.list('')), all.slice(2));
      await store.commit([put(`${dir}f/0a/x`, 1), ['deletePrefix', `${dir}f/0`]]);
      equal('a part of a name', paths(await store.list('')), all.slice(3));
      await store.commit([['deletePrefix', `${dir}f`], put(`${dir}f/0a/x`, 1)]);
      equal('and what comes after it', paths(await store.list('')), [`${dir}f/0a/x`]);
    }),
  },
  {
    name: 'lists by path, in pages',
    run: inPlace(async ({ store, dir }) => {
      const names = ['a', 'b/1', 'b/2', 'b/3', 'bc', 'é', '\u{ffe0}', '\u{1f600}'];
      await store.commit([...names].reverse().map((name) => put(dir + name, 1)));
      equal(
        'all',
        paths(await store.list(dir)),
        names.map((name) => dir + name),
      );
      equal(
        'below a prefix',
        paths(await store.list(`${dir}b/`)),
        ['b/1', 'b/2', 'b/3'].map((name) => dir + name),
      );
      const page = await store.list(`${dir}b/`, { after: `${dir}b/1`, limit: 1 });
      equal('a page', paths(page), [`${dir}b/2`]);
      equal('after the last', paths(await store.list(`${dir}b/`, { after: `${dir}b/3` })), []);
      equal('totals', await store.totals(`${dir}b`), { count: 4, size: 4 });
    }),
  },
  {
    name: 'takes names that are unusual',
    run: inPlace(async ({ store, dir }) => {
      const names = [
        'js/%2E./0a/output.pkl',
        'with space/x',
        'a.b-c_d/$',
        'ü/日本/𝄞',
        `${'n'.repeat(200)}/x`,
      ];
      await store.commit(names.map((name, i) => put(dir + name, i)));
      for (const [i, name] of names.entries())
        equal(name, bytesOf(await store.read(dir + name)), [i]);
      equal('count', (await store.list(dir)).length, names.length);
    }),
  },
  {
    name: 'notes times of use, which create nothing and do not go back',
    run: inPlace(async ({ store, dir }) => {
      const before = Date.now();
      await store.commit(['a', 'b', 'c'].map((name) => put(dir + name, 1)));
      for (const { path, lastAccess } of await store.list(dir)) {
        const isNow = lastAccess > before - 5000 && lastAccess < Date.now() + 5000;
        equal(`${path} was written about now`, isNow, true);
      }
      const future = 1000 * Math.ceil(Date.now() / 1000) + 1e6;
      await store.commit([
        ['touch', `${dir}a`, future],
        ['touch', `${dir}ghost`, future],
        ['touch', `${dir}b`, 5],
      ]);
      const [a, b] = await store.list(dir);
      equal('touched', a?.lastAccess, future);
      equal('of an older time', (b?.lastAccess ?? 0) > 5, true);
      equal('nothing is created', (await store.list(dir)).length, 3);
      equal('the oldest', paths(await store.oldest(dir, 3)).at(-1), `${dir}a`);
    }),
  },
  {
    name: 'removes whole results, those first that were not used for longest',
    run: inPlace(async ({ store, dir }) => {
      const location = dir.slice(0, -'/joblib/'.length);
      const names = ['0a', '0b', '0c', '0d'];
      await store.commit(
        names.flatMap((name) => [
          put(`${dir}f/${name}/output.pkl`, 1, 2, 3),
          put(`${dir}f/${name}/metadata.json`, 4),
        ]),
      );
      await store.commit([put(`${dir}f/func_code.py`, 1)]);
      const start = Date.now() + 1e6;
      for (const [i, name] of ['0c', '0a', '0d', '0b'].entries())
        await store.commit([['touch', `${dir}f/${name}/output.pkl`, start + 1000 * i]]);
      const left = async () => (await store.items(location)).map(({ argsId }) => argsId);
      equal('within its limits', await store.reduceSize(location, { bytesLimit: 16 }), {
        items: 0,
        bytes: 0,
      });
      equal('by bytes', await store.reduceSize(location, { bytesLimit: 15 }), {
        items: 1,
        bytes: 4,
      });
      equal('left', await left(), ['0a', '0b', '0d']);
      equal('by number', await store.reduceSize(location, { itemsLimit: 2 }), {
        items: 1,
        bytes: 4,
      });
      equal('left', await left(), ['0b', '0d']);
      equal('by age', await store.reduceSize(location, { olderThanMs: start + 2000 }), {
        items: 1,
        bytes: 4,
      });
      const rest = ['f/0b/metadata.json', 'f/0b/output.pkl', 'f/func_code.py'].map(
        (name) => dir + name,
      );
      equal('files', paths(await store.list('')), rest);
    }),
  },
  {
    name: 'tells of what is removed',
    run: inPlace(async ({ store, dir }) => {
      const told: string[] = [];
      const stop = store.onRemoved((removed) => told.push(removed));
      await store.commit([put(`${dir}a`, 1), ['delete', `${dir}a`], ['deletePrefix', `${dir}b/`]]);
      stop();
      await store.commit([['delete', `${dir}c`]]);
      equal('told', told, [`${dir}a`, `${dir}b/`]);
    }),
  },
];

export const checksOfClaims: readonly StoreCheck[] = [
  {
    name: 'lets an entry be claimed, and says when it is there',
    run: inPlace(async ({ store, dir }) => {
      equal('the first', await store.claim(`${dir}a`), 'granted');
      await store.commit([put(`${dir}a`, 1), ['release', `${dir}a`]]);
      equal('once it is there', await store.claim(`${dir}a`), 'present');
      equal('another', await store.claim(`${dir}b`), 'granted');
      await store.release(`${dir}b`);
      equal('a released one', await store.claim(`${dir}b`), 'granted');
      await store.commit([['deletePrefix', dir]]);
      equal('a removed one', await store.claim(`${dir}a`), 'granted');
      await store.release(`${dir}a`);
    }),
  },
];
