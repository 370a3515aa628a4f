// What goes when there is too much, in real browsers: by metadata alone, one tab at a time, and so that
// other tabs hear of it. Whether limits hold is the business of the suite for all stores.

import { createRequire } from 'node:module';
import { serveStore } from './store-server.mjs';

// selenium-webdriver is CommonJS and reaches its parts by file.
const { Command } = createRequire(import.meta.url)('selenium-webdriver/lib/command');

export default [
  {
    name: 'evicts what was used least when the storage is full, so that every write succeeds',
    async run(context) {
      const { expect, skip, engine, browser, launch } = context;
      if (engine === 'webkitgtk') skip('its WebDriver has no way to limit the storage');
      const server = await serveStore(context);
      // Firefox takes the limit, in kB, at its start; Chromium takes it while it runs.
      const limit = { 'dom.quotaManager.temporaryStorage.fixedLimit': 20 << 10 };
      const limited = engine === 'firefox' ? await launch({ prefs: limit }) : browser;
      const page = await limited.open(server.url('/blank.html'));
      if (engine === 'chromium') {
        await page.command('limit the storage', (driver) => {
          driver.getExecutor().defineCommand('cdp', 'POST', '/session/:sessionId/goog/cdp/execute');
          const quota = { origin: server.origin, quotaSize: 20 << 20 };
          const command = new Command('cdp').setParameter('cmd', 'Storage.overrideQuotaForOrigin');
          return driver.execute(command.setParameter('params', quota));
        });
      }
      const seen = await page.evaluate(async () => {
        const { openStore } = await import('/store.js');
        const store = await openStore({ databasePrefix: 'full' });
        const path = (i) => `c/joblib/js/f/${String(i).padStart(32, '0')}`;
        // Browsers compress what they store: noise stays as large as it is.
        const noise = () => {
          const bytes = new Uint8Array(1 << 20);
          for (let at = 0; at < bytes.length; at += 65_536)
            crypto.getRandomValues(bytes.subarray(at, at + 65_536));
          return bytes;
        };
        const failures = [];
        for (let i = 0; i < 50; i++) {
          const commit = store.commit([['put', `${path(i)}/output.pkl`, [noise()]]]);
          await commit.catch((error) => failures.push(`${i}: ${error.code} ${error.message}`));
          store.touch(`${path(0)}/output.pkl`);
        }
        const kept = (await store.items('c')).map(({ path }) => Number(path.slice(-3)));
        const last = await store.read(`${path(49)}/output.pkl`);
        return { failures, kept, last: last?.[0].byteLength };
      });
      expect(seen.failures).to.deep.equal([]);
      expect(seen.last).to.equal(1 << 20);
      expect(seen.kept.length).to.be.within(2, 20);
      // What is used all the time stays, and of the others those that came last.
      expect(seen.kept[0]).to.equal(0);
      expect(seen.kept.slice(1)).to.deep.equal(
        seen.kept.slice(1).map((_, i, { length }) => 50 - length + i),
      );
    },
  },
  {
    name: 'reads no data to evict, and leaves what is claimed',
    async run(context) {
      const { expect, browser } = context;
      const server = await serveStore(context);
      const page = await browser.open(server.url('/blank.html'));
      const seen = await page.evaluate(async () => {
        const { openStore } = await import('/store.js');
        const store = await openStore({ databasePrefix: 'metadata' });
        const output = (name) => `c/joblib/js/f/${name}/output.pkl`;
        for (const name of ['a', 'b', 'c'])
          await store.commit([['put', output(name), [new Uint8Array(10)]]]);
        // Claimed while it is there, as by whoever computes it anew when it was found damaged.
        await store.commit([['delete', output('a')]]);
        const claim = await store.claim(output('a'));
        await store.commit([
          ['put', output('a'), [new Uint8Array(10)]],
          ['touch', output('b'), Date.now() + 1e6],
          ['touch', output('c'), Date.now() + 2e6],
        ]);
        let reads = 0;
        for (const method of ['get', 'getAll', 'openCursor']) {
          const real = IDBObjectStore.prototype[method];
          IDBObjectStore.prototype[method] = function (...args) {
            if (this.name === 'data' || this.name === 'chunks') reads += 1;
            return real.apply(this, args);
          };
        }
        const removed = await store.reduceSize('c', { itemsLimit: 2 });
        return {
          claim,
          reads,
          removed,
          left: (await store.items('c')).map(({ argsId }) => argsId),
        };
      });
      expect(seen).to.deep.equal({
        claim: 'granted',
        reads: 0,
        removed: { items: 1, bytes: 10 },
        left: ['a', 'c'],
      });
    },
  },
  {
    name: 'lets one tab evict, and tells the other what is gone',
    async run(context) {
      const { expect, browser } = context;
      const server = await serveStore(context);
      const [first, second] = [
        await browser.open(server.url('/blank.html')),
        await browser.open(server.url('/blank.html')),
      ];
      const setUp = async () => {
        const { openStore } = await import('/store.js');
        globalThis.store = await openStore({ databasePrefix: 'two' });
        globalThis.told = [];
        store.onRemoved((removed) => told.push(removed));
        await store.commit([['put', 'c/joblib/js/f/0a/output.pkl', [new Uint8Array(5)]]]);
        globalThis.reduce = () => store.reduceSize('c', { itemsLimit: 0 });
      };
      await first.evaluate(setUp);
      await second.evaluate(setUp);
      await second.evaluate(async () => {
        await new Promise((held) => {
          navigator.locks.request(
            'joblite-evict-two-joblite-1',
            () =>
              new Promise((release) => {
                globalThis.release = release;
                held();
              }),
          );
        });
      });
      expect(await first.evaluate(() => reduce())).to.deep.equal({ items: 0, bytes: 0 });
      await second.evaluate(() => release());
      expect(await first.evaluate(() => reduce())).to.deep.equal({ items: 1, bytes: 5 });
      await second.waitFor(() => told.length > 0);
      expect(await second.evaluate(() => told)).to.deep.equal(['c/joblib/js/f/0a/']);
    },
  },
  {
    name: 'keeps entries in memory, and says why, where there is no origin private file system',
    async run(context) {
      const { expect, browser } = context;
      const server = await serveStore(context);
      const page = await browser.open(server.url('/blank.html'));
      const seen = await page.evaluate(async () => {
        // Where there is one it is taken away, as the browsers that have none do not offer the method.
        Object.defineProperty(navigator.storage ?? {}, 'getDirectory', { value: undefined });
        const { openStore } = await import('/store.js');
        const store = await openStore({ backend: 'opfs' });
        await store.commit([['put', 'a', [new Uint8Array([4])]]]);
        return { kind: store.kind, reason: store.reason, read: [...(await store.read('a'))[0]] };
      });
      expect(seen).to.deep.equal({
        kind: 'memory',
        reason: 'there is no origin private file system here',
        read: [4],
      });
    },
  },
];
