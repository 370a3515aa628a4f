// The stores that Node has, by the suite that authors of stores use, and a registered store that
// misbehaves in every way it can.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { registerStoreBackend } from 'joblite';
import { storeConformance } from 'joblite/store-conformance';
import { stores } from '../fixtures/internals.mjs';
import { mapStore } from '../fixtures/map-store.js';

const folder = mkdtempSync(join(tmpdir(), 'joblite-stores-'));
after(() => rmSync(folder, { recursive: true, force: true }));

registerStoreBackend('map', mapStore);
const everything = { atomic: true, shared: true, durable: true };
for (const options of [
  { backend: 'memory', guarantees: { atomic: true } },
  { backend: 'local', location: folder, guarantees: { shared: true, durable: true } },
  { backend: 'map', guarantees: everything },
]) {
  for (const { name, run } of storeConformance(options)) test(name, run);
}

test('the suite finds what a store does wrong', async () => {
  const faults = {
    'gives its own bytes away': (store) => {
      const { read } = store;
      const kept = new Map();
      store.read = async (path) => {
        if (!kept.has(path)) kept.set(path, await read(path));
        return kept.get(path);
      };
    },
    'creates by a touch': (store) => {
      const { commit } = store;
      store.commit = (operations) =>
        commit(
          operations.map((step) => (step[0] === 'touch' ? ['put', step[1], [], step[2]] : step)),
        );
    },
    'takes a prefix for a folder': (store) => {
      const { list } = store;
      store.list = async (prefix) =>
        (await list(prefix)).filter(({ path }) => /^$|\/$/.test(prefix) || path === prefix);
    },
    'does a commit in pieces': (store) => {
      const { commit } = store;
      store.commit = async (operations) => {
        for (const step of operations) {
          await commit([step]);
          if (step[0] === 'delete') throw new Error('in the middle');
        }
      };
    },
  };
  for (const [name, spoil] of Object.entries(faults)) {
    registerStoreBackend(name, (options) => {
      const store = mapStore(options);
      spoil(store);
      return store;
    });
    const outcomes = await Promise.allSettled(
      storeConformance({ backend: name, guarantees: everything }).map(({ run }) => run()),
    );
    assert.ok(
      outcomes.some(({ status }) => status === 'rejected'),
      name,
    );
  }
});

test('what is no name or no factory is refused as joblib refuses it, and a taken name needs force', async () => {
  assert.throws(() => registerStoreBackend(1, mapStore), {
    name: 'TypeError',
    message: "Store backend name should be a string, '1' given.",
  });
  assert.throws(() => registerStoreBackend('x', null), TypeError);
  for (const taken of ['map', 'indexeddb', 'local'])
    assert.throws(() => registerStoreBackend(taken, mapStore), RangeError);
  registerStoreBackend('map', mapStore, { force: true });
  const { openStore } = await stores();
  await assert.rejects(openStore({ backend: 'nowhere' }), {
    name: 'TypeError',
    message: 'Unknown location undefined or backend nowhere',
  });
});

test('a store that throws, rejects, never answers, answers nonsense or calls back leaves no promise pending', async () => {
  const { openStore, registerStoreBackend } = await stores();
  const never = () => new Promise(() => {});
  const misbehaviour = {
    throws: [
      () => {
        throw new Error('no');
      },
      'STORE_ABORTED',
    ],
    'throws nothing': [
      () => {
        throw undefined;
      },
      'STORE_ABORTED',
    ],
    rejects: [
      async () => {
        throw new TypeError('no');
      },
      'STORE_ABORTED',
    ],
    'is full': [
      async () => {
        throw new DOMException('no', 'QuotaExceededError');
      },
      'QUOTA_EXCEEDED',
    ],
    'is full, says Node': [
      async () => {
        throw Object.assign(new Error('no'), { code: 'ENOSPC' });
      },
      'QUOTA_EXCEEDED',
    ],
    'never answers': [never, 'STORE_BLOCKED'],
    'answers nonsense': [async () => [{ path: 1 }, 'x'], 'STORE_ABORTED'],
  };
  for (const [name, [method, code]] of Object.entries(misbehaviour)) {
    registerStoreBackend(name, () => ({ read: method, commit: method, list: method }), {
      timeoutMs: 50,
    });
    const store = await openStore({ backend: name });
    const calls = {
      read: store.read('a'),
      commit: store.commit([['put', 'a', [new Uint8Array(1)]]]),
      list: store.list(''),
      items: store.items('a'),
      claim: store.claim('a'),
      reduceSize: store.reduceSize('a', { itemsLimit: 1 }),
    };
    const outcomes = await Promise.allSettled(Object.values(calls));
    for (const [i, call] of Object.keys(calls).entries()) {
      const outcome = outcomes[i].reason?.code;
      // Nonsense given back by a commit is nobody's business.
      const expected = name === 'answers nonsense' && call === 'commit' ? undefined : code;
      assert.equal(outcome, expected, `${name}: ${call}`);
    }
  }
  let store;
  registerStoreBackend('calls back', (options) => {
    const inner = mapStore(options);
    return {
      ...inner,
      async commit(operations, durability) {
        if (operations[0][1] !== 'inner')
          await store.commit([['put', 'inner', [new Uint8Array([1])]]]);
        return inner.commit(operations, durability);
      },
    };
  });
  store = await openStore({ backend: 'calls back' });
  await store.commit([['put', 'outer', [new Uint8Array([2])]]]);
  assert.deepEqual(
    (await store.list('')).map(({ path }) => path),
    ['inner', 'outer'],
  );
});

test('a store that cannot be made is replaced by memory, and says why', async () => {
  const { openStore, registerStoreBackend } = await stores();
  registerStoreBackend('broken', () => {
    throw new Error('no server');
  });
  const store = await openStore({ backend: 'broken' });
  assert.equal(store.kind, 'memory');
  assert.match(store.reason, /broken failed: .*no server/);
  registerStoreBackend('silent', () => new Promise(() => {}), { timeoutMs: 20 });
  await assert.rejects(openStore({ backend: 'silent' }), { code: 'STORE_BLOCKED' });
  registerStoreBackend('poor', () => ({ read() {} }));
  await assert.rejects(openStore({ backend: 'poor' }), TypeError);
});

test('a full store makes room by what was used least, and gives up when that is not enough', async () => {
  const { openStore, registerStoreBackend, StoreError } = await stores();
  let limit = 1000;
  registerStoreBackend('small', (options) => {
    const inner = mapStore(options);
    return {
      ...inner,
      async commit(operations, durability) {
        const used = (await inner.list('')).reduce((sum, { size }) => sum + size, 0);
        const puts = operations.flatMap((step) => (step[0] === 'put' ? step[2] : []));
        if (puts.length && used + puts.reduce((sum, part) => sum + part.byteLength, 0) > limit)
          throw new StoreError('QUOTA_EXCEEDED', 'full');
        return inner.commit(operations, durability);
      },
    };
  });
  const store = await openStore({ backend: 'small' });
  const path = (i) => `c/joblib/f/${String(i).padStart(2, '0')}/output.pkl`;
  for (let i = 0; i < 30; i++) {
    await store.commit([['put', path(i), [new Uint8Array(100)]]]);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const items = await store.items('c');
  assert.equal(items.at(-1).path, path(29).slice(0, -'/output.pkl'.length));
  assert.ok(items.length > 4 && items.length <= 10, String(items.length));
  limit = 50;
  await assert.rejects(store.commit([['put', path(31), [new Uint8Array(100)]]]), {
    code: 'QUOTA_EXCEEDED',
  });
  await store.commit([['delete', path(29)]]);
});

test("the local store's files are joblib's, and no path leaves its folder", async () => {
  const { openStore } = await stores();
  const location = join(folder, 'layout');
  const store = await openStore({ backend: 'local', location });
  const file = (path) => join(location, 'joblib', path);
  await store.commit([['put', file('js/f/0a/output.pkl'), [new Uint8Array([1, 2])]]]);
  assert.deepEqual([...readFileSync(file('js/f/0a/output.pkl'))], [1, 2]);
  assert.match(readFileSync(join(location, '.gitignore'), 'utf8'), /^# Created by joblib/);
  assert.deepEqual(readdirSync(file('js/f/0a')), ['output.pkl'], 'no temporary file is left');
  // One that a killed process left is no entry, and goes with its folder.
  writeFileSync(file(`js/f/0a/output.pkl.${'0'.repeat(32)}-12-0`), 'half');
  assert.equal((await store.list('')).length, 1);
  const hostile = [
    '/etc/x',
    `${location}/joblib/../x`,
    `${location}/joblib//x`,
    `${location}/joblib/a/./x`,
    `${location}/x`,
    'x',
    `${location}/joblib/a/../../../x`,
    `${location}/joblib/\0`,
  ];
  for (const path of hostile) {
    for (const operation of [
      ['put', path, [new Uint8Array(1)]],
      ['delete', path],
      ['touch', path, 1],
    ])
      await assert.rejects(store.commit([operation]), { code: 'STORE_ABORTED' }, path);
    await assert.rejects(store.read(path), { code: 'STORE_ABORTED' }, path);
  }
  await assert.rejects(store.commit([['deletePrefix', `${location}/joblib/../`]]), {
    code: 'STORE_ABORTED',
  });
  await store.commit([['deletePrefix', '/etc/']]);
  assert.ok(statSync('/etc').isDirectory());
  assert.deepEqual(readdirSync(folder).includes('x'), false);
  await store.commit([['deletePrefix', `${location}/joblib/js/f/`]]);
  assert.deepEqual(readdirSync(file('js')), []);
});
