// References to results in a page and its workers, and what the page holds in RAM beside IndexedDB.

import { expect } from 'chai';
import {
  delayed,
  expiresAfter,
  fromModule,
  MemorizedResult,
  Memory,
  NotMemorizedResult,
  Parallel,
} from 'joblite';
import { engine } from './where.js';

const url = (path) => new URL(path, import.meta.url);

let count = 0;
const fresh = () => `shelving-${Date.now()}-${count++}`;

/** A cached function that fills an array, and how often its body ran. */
function filled(memory, options = {}) {
  const runs = { count: 0 };
  const body = (n, x) => {
    runs.count += 1;
    return new Float64Array(n).fill(x);
  };
  return { f: memory.cache(body, { name: 'filled', ...options }), runs };
}

/** Sends a message and gives the answer. */
const ask = (worker, message) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message ?? 'the worker failed'));
    worker.postMessage(message);
  });

describe('a shelved result', () => {
  it('reaches a worker by postMessage and works there', async () => {
    const { f, runs } = filled(new Memory(fresh()));
    const reference = await f.callAndShelve(20_000, 2);
    const worker = new Worker(url('./tasks/shelved.worker.js'), { type: 'module' });
    try {
      expect(await ask(worker, { reference })).to.equal(40_000);
      expect(await ask(worker, { reference, clear: true })).to.equal('cleared');
      expect(await ask(worker, { reference })).to.equal('ITEM_NOT_FOUND');
    } finally {
      worker.terminate();
    }
    const error = await reference.get().catch((error) => error);
    expect(error.code).to.equal('ITEM_NOT_FOUND');
    // The page has heard of it: neither its RAM has the result.
    while (await f.checkCallInCache(20_000, 2)) await new Promise((next) => setTimeout(next, 10));
    await f(20_000, 2);
    expect(runs.count).to.equal(2);
  });

  it('is an argument of Parallel: each task reads the data from the store', async () => {
    const { f } = filled(new Memory(fresh()));
    const reference = await f.callAndShelve(10_000, 1);
    const sumOf = fromModule(url('./tasks/shelved.js'), 'sumOf');
    const parallel = Parallel({ nJobs: 2 });
    try {
      const sums = await parallel([1, 2, 3, 4].map(() => delayed(sumOf)(reference)));
      expect(sums).to.deep.equal([10_000, 10_000, 10_000, 10_000]);
    } finally {
      parallel.terminate();
    }
  });

  it('survives a structured clone, and tells a result by value from a reference', async () => {
    const { f } = filled(new Memory(fresh()));
    const reference = await f.callAndShelve(3, 1);
    const clone = MemorizedResult.from(structuredClone(reference));
    expect(clone).to.be.instanceOf(MemorizedResult);
    expect(clone).to.deep.equal(reference);
    expect(clone.metadata.time).to.be.instanceOf(Date);
    expect([...(await clone.get())]).to.deep.equal([1, 1, 1]);
    const { f: g } = filled(new Memory(null));
    const value = MemorizedResult.from(structuredClone(await g.callAndShelve(3, 1)));
    expect(value).to.be.instanceOf(NotMemorizedResult);
    expect([...(await value.get())]).to.deep.equal([1, 1, 1]);
  });

  it('is compressed where that is asked for', async () => {
    const { f, runs } = filled(new Memory(fresh(), { compress: ['gzip', 3], ramBytesLimit: 0 }));
    const reference = await f.callAndShelve(20_000, 2);
    expect((await reference.get())[19_999]).to.equal(2);
    expect((await f(20_000, 2))[19_999]).to.equal(2);
    expect(runs.count).to.equal(1);
  });
});

describe('results in RAM', () => {
  /** How often IndexedDB was read while `act` ran. */
  async function readsOf(act) {
    const { get, getAll } = IDBObjectStore.prototype;
    let reads = 0;
    const counting = (original) =>
      function (...args) {
        reads += 1;
        return original.apply(this, args);
      };
    IDBObjectStore.prototype.get = counting(get);
    IDBObjectStore.prototype.getAll = counting(getAll);
    try {
      await act();
    } finally {
      Object.assign(IDBObjectStore.prototype, { get, getAll });
    }
    return reads;
  }

  it('are given without the database, as far as the limit goes, least recently used first out', async () => {
    const memory = new Memory(fresh(), { ramBytesLimit: '30K' });
    const { f, runs } = filled(memory);
    for (const x of [1, 2, 3]) await f(1000, x); // 8 kB each
    expect(await readsOf(() => Promise.all([f(1000, 1), f(1000, 2), f(1000, 3)]))).to.equal(0);
    await f(1000, 1);
    await f(1000, 4);
    expect(await readsOf(() => Promise.all([f(1000, 1), f(1000, 3), f(1000, 4)]))).to.equal(0);
    expect(await readsOf(() => f(1000, 2))).to.equal(1);
    await f(10_000, 5);
    expect(await readsOf(() => f(10_000, 5))).to.equal(1);
    expect(runs.count).to.equal(5);
  });

  it('are switched off with 0', async () => {
    for (const ramBytesLimit of [0, '0']) {
      const { f, runs } = filled(new Memory(fresh(), { ramBytesLimit }));
      await f(10, 1);
      // The data only: no metadata are read at a hit.
      expect(await readsOf(() => f(10, 1))).to.equal(1);
      expect(runs.count).to.equal(1);
    }
  });

  it('are forgotten when another realm clears them', async () => {
    const location = fresh();
    const { f, runs } = filled(new Memory(location));
    await f(10, 1);
    const frame = document.createElement('iframe');
    frame.srcdoc = `<script type="module">
      import { Memory } from '/dist/index.js';
      await new Memory('${location}').clear();
      parent.postMessage('cleared', '*');
    </script>`;
    const cleared = new Promise((resolve) =>
      addEventListener('message', ({ data }) => data === 'cleared' && resolve()),
    );
    document.body.append(frame);
    await cleared;
    while (await f.checkCallInCache(10, 1)) await new Promise((next) => setTimeout(next, 10));
    await f(10, 1);
    expect(runs.count).to.equal(2);
    frame.remove();
  });

  it('are validated, too', async () => {
    const { f, runs } = filled(new Memory(fresh()), {
      cacheValidationCallback: expiresAfter({ milliseconds: 200 }),
    });
    await f(10, 1);
    await new Promise((next) => setTimeout(next, 250));
    await f(10, 1);
    expect(runs.count).to.equal(2);
  });
});

describe('a Memory', () => {
  it('tells how much it keeps, and how much the browser lets it keep', async () => {
    const memory = new Memory(fresh(), { persist: true });
    const { f } = filled(memory);
    await f(1000, 1);
    const { items, bytes, usage, quota, persisted } = await memory.estimate();
    expect(items).to.equal(1);
    expect(bytes).to.be.greaterThan(8000);
    if (navigator.storage?.estimate && globalThis.isSecureContext) {
      expect(usage).to.be.a('number');
      expect(quota).to.be.greaterThan(bytes);
    }
    expect(persisted).to.be.a('boolean');
    // Firefox asks the user, who is not there.
    if (engine !== 'firefox') expect(await memory.persist()).to.be.a('boolean');
  });

  it('holds its limits after results were stored', async () => {
    const memory = new Memory(fresh(), { bytesLimit: '40K' });
    const { f } = filled(memory);
    const all = await Promise.all(Array.from({ length: 12 }, (_, x) => f(1000, x)));
    expect(all.map((data) => data[0])).to.deep.equal(Array.from({ length: 12 }, (_, x) => x));
    const bytes = async () => (await memory.estimate()).bytes;
    while ((await bytes()) > 40 * 1024) await new Promise((next) => setTimeout(next, 20));
    const { items } = await memory.estimate();
    expect(items).to.be.within(3, 5);
  });

  it('lets go of the database at the end of its block, where the engine has `await using`', async () => {
    if (!Symbol.asyncDispose) return;
    const memory = new Memory(fresh());
    const { f } = filled(memory);
    await f(1, 1);
    await memory[Symbol.asyncDispose]();
    expect(await f.checkCallInCache(1, 1)).to.equal(true);
  });
});
