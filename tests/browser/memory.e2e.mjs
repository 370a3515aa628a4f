// Memory beyond one page: reloads, a browser that ends, several tabs, storage that is gone, full or
// forbidden. A run of a cached function is counted by the server, which outlives them all.

import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { keepsProfile } from '../drivers/browser.mjs';
import { killWhileStoring } from './killed.mjs';
import { call, right, runsOf, setUp } from './slow.mjs';

// selenium-webdriver is CommonJS and reaches its parts by file.
const { Command } = createRequire(import.meta.url)('selenium-webdriver/lib/command');

/** The same function in pages and workers: its source is part of the key. */
const SHARED_BODY = `async (x) => {
  await fetch('/ran/' + x);
  await new Promise((resolve) => setTimeout(resolve, 300));
  return { x };
}`;

export default [
  {
    name: 'without the wasm engine every call computes, and one warning says why',
    async run({ browser, serve, expect }) {
      const missing = { body: 'not found', type: 'text/plain' };
      const server = await serve({ mounts: { '/dist/joblite.wasm': missing } });
      const page = await browser.open(server.url('/blank.html'));
      const { outputs, warnings } = await page.evaluate(async () => {
        const { Memory } = await import('joblite');
        const warnings = [];
        console.warn = (...words) => warnings.push(words.join(' '));
        const twice = new Memory('cache').cache(({ x }) => 2 * x, { name: 'twice' });
        const argument = { x: 1 };
        const first = twice(argument);
        argument.x = 100; // read when the call was made
        return { outputs: [await first, await twice({ x: 1 })], warnings };
      });
      expect(outputs).to.deep.equal([2, 2]);
      const ours = warnings.filter((text) => text.startsWith('joblite'));
      expect(ours.length).to.equal(1);
      expect(ours[0]).to.include('joblite.wasm');
    },
  },
  {
    name: 'computes where nothing of the package but index.js can be loaded any more',
    async run({ browser, serve, expect, root }) {
      // What index.js loads on first use: gone where a deployment replaced the files of an open page.
      const lazy = /^(joblite|on-demand|with-engine)-\w+\.js$/;
      const names = (await readdir(join(root, 'dist'))).filter((name) => lazy.test(name));
      expect(names).to.have.length(3);
      const missing = { body: 'not found', type: 'text/plain' };
      const mounts = Object.fromEntries(names.map((name) => [`/dist/${name}`, missing]));
      const server = await serve({ mounts: { ...mounts, '/dist/joblite.wasm': missing } });
      const page = await browser.open(server.url('/blank.html'));
      const outputs = await page.evaluate(async () => {
        const { Memory } = await import('joblite');
        const twice = new Memory('cache').cache(({ x }) => 2 * x, { name: 'twice' });
        return [await twice({ x: 1 }), await twice({ x: 2 })];
      });
      expect(outputs).to.deep.equal([2, 4]);
    },
  },
  {
    name: 'answers from the cache after a reload',
    async run({ browser, serve, expect }) {
      const server = await serve();
      const page = await browser.open(server.url('/blank.html'));
      await page.evaluate(setUp, { location: 'reload' });
      expect(await page.evaluate(call, 1)).to.deep.equal(right(1));
      await page.reload();
      await page.evaluate(setUp, { location: 'reload' });
      expect(await page.evaluate(call, 1)).to.deep.equal(right(1));
      expect(runsOf(server, 1)).to.equal(1);
    },
  },
  {
    name: 'answers from the cache after the browser was ended and started again',
    async run({ serve, expect, skip, engine, launch, folder }) {
      if (!keepsProfile(engine)) skip('this browser keeps no profile between two launches');
      const profile = await folder();
      const server = await serve();
      for (let start = 0; start < 2; start++) {
        const browser = await launch({ profile });
        const page = await browser.open(server.url('/blank.html'));
        await page.evaluate(setUp, { location: 'restart' });
        expect(await page.evaluate(call, 2)).to.deep.equal(right(2));
        await browser.close();
      }
      expect(runsOf(server, 2)).to.equal(1);
    },
  },
  {
    name: 'computes once for the pages and workers of two tabs that ask for the same',
    async run({ browser, serve, expect }) {
      const server = await serve({
        mounts: {
          '/calls.worker.js': {
            type: 'text/javascript',
            // A worker has no import map.
            body: `import { Memory } from '/dist/index.js';
              const slow = new Memory('tabs').cache(${SHARED_BODY}, { name: 'slow' });
              onmessage = async () => postMessage(await slow(3));
              postMessage('ready');`,
          },
        },
      });
      const url = server.url('/blank.html');
      const tabs = [await browser.open(url), await browser.open(url)];
      for (const tab of tabs) {
        await tab.evaluate(async (body) => {
          const { Memory } = await import('joblite');
          const script = document.createElement('script');
          script.textContent = `globalThis.body = ${body}`;
          document.head.append(script);
          globalThis.slow = new Memory('tabs').cache(globalThis.body, { name: 'slow' });
          globalThis.worker = new Worker('/calls.worker.js', { type: 'module' });
          await new Promise((resolve) => (worker.onmessage = resolve));
        }, SHARED_BODY);
      }
      const results = await Promise.all(
        tabs.map((tab) =>
          tab.evaluate(async () => {
            const fromWorker = new Promise(
              (resolve) => (worker.onmessage = ({ data }) => resolve(data)),
            );
            worker.postMessage('go');
            return Promise.all([slow(3), fromWorker]);
          }),
        ),
      );
      expect(results.flat()).to.deep.equal(Array(4).fill({ x: 3 }));
      expect(runsOf(server, 3)).to.equal(1);
    },
  },
  {
    name: 'takes over what a tab was computing that was closed, or left for another page',
    async run({ browser, serve, expect }) {
      const server = await serve();
      const url = server.url('/blank.html');
      const leaving = [
        async (page) => page.close(),
        async (page) => page.open(server.url('/dist/index.js')),
      ];
      const heir = await browser.open(url);
      for (const [i, leave] of leaving.entries()) {
        const x = 40 + i;
        const doomed = await browser.open(url);
        await doomed.evaluate(setUp, { location: 'heir', ms: 1e6 });
        await doomed.evaluate((x) => {
          slow(x);
        }, x);
        while (runsOf(server, x) === 0) await new Promise((next) => setTimeout(next, 20));
        await heir.evaluate(setUp, { location: 'heir' });
        const inherited = heir.evaluate(call, x);
        await leave(doomed);
        expect(await inherited).to.deep.equal(right(x));
        expect(runsOf(server, x)).to.equal(2);
      }
    },
  },
  {
    name: 'without Web Locks takes over what a reload ended, and waits for a tab that lives',
    async run({ browser, serve, expect }) {
      const server = await serve();
      const url = server.url('/blank.html');
      const begun = async (x) => {
        while (runsOf(server, x) === 0) await new Promise((next) => setTimeout(next, 20));
      };
      const [page, other] = [await browser.open(url), await browser.open(url)];
      const begin = async (x, ms) => {
        await page.evaluate(setUp, { location: 'lockless', lockless: true, ms });
        await page.evaluate((x) => {
          for (const each of [x, x + 1]) slow(each).catch(() => {});
        }, x);
        await begun(x + 1);
      };
      await begin(60, 1e6);
      await page.reload();
      await page.evaluate(setUp, { location: 'lockless', lockless: true });
      // One after the other: who is known to be gone is not waited for again.
      for (const x of [60, 61]) {
        expect(await page.evaluate(call, x)).to.deep.equal(right(x));
        expect(runsOf(server, x)).to.equal(2);
      }
      await page.reload();
      // Longer than a tab that says nothing is waited for.
      await begin(62, 9000);
      await other.evaluate(setUp, { location: 'lockless', lockless: true });
      for (const x of [62, 63]) {
        expect(await other.evaluate(call, x)).to.deep.equal(right(x));
        expect(runsOf(server, x)).to.equal(1);
      }
    },
  },
  {
    name: 'computes for itself when another tab takes too long',
    async run({ browser, serve, expect }) {
      const server = await serve();
      const url = server.url('/blank.html');
      const [slowTab, fastTab] = [await browser.open(url), await browser.open(url)];
      await slowTab.evaluate(setUp, { location: 'late', ms: 1e6 });
      await slowTab.evaluate(() => {
        slow(5);
      });
      while (runsOf(server, 5) === 0) await new Promise((next) => setTimeout(next, 20));
      await fastTab.evaluate(setUp, { location: 'late', options: { claimTimeoutMs: 200 } });
      expect(await fastTab.evaluate(call, 5)).to.deep.equal(right(5));
      expect(runsOf(server, 5)).to.equal(2);
    },
  },
  {
    name: 'goes on when the database is deleted from elsewhere',
    async run({ browser, serve, expect }) {
      const server = await serve();
      const url = server.url('/blank.html');
      const [page, other] = [await browser.open(url), await browser.open(url)];
      // Without RAM: what it holds needs no database.
      const options = { ramBytesLimit: 0 };
      await page.evaluate(setUp, { location: 'deleted', prefix: 'deleted', options });
      await page.evaluate(call, 6);
      const deleted = await other.evaluate(
        () =>
          new Promise((resolve) => {
            const request = indexedDB.deleteDatabase('deleted-joblite-1');
            request.onsuccess = () => resolve('deleted');
            request.onerror = () => resolve(String(request.error));
          }),
      );
      expect(deleted).to.equal('deleted');
      for (let turn = 0; turn < 2; turn++)
        expect(await page.evaluate(call, 6)).to.deep.equal(right(6));
      expect(runsOf(server, 6)).to.equal(2);
      expect(await page.evaluate(() => warnings)).to.deep.equal([]);
    },
  },
  {
    name: 'answers, and says once what is wrong, where storage is forbidden, missing or full',
    async run({ browser, serve, expect }) {
      const server = await serve();
      const page = await browser.open(server.url('/blank.html'));
      const broken = {
        forbidden: () => {
          throw new DOMException('storage is blocked', 'SecurityError');
        },
        missing: () => undefined,
        failing: () => ({
          open() {
            throw new DOMException('private browsing', 'InvalidStateError');
          },
        }),
      };
      for (const [why, get] of Object.entries(broken)) {
        await page.reload();
        const seen = await page.evaluate(
          async ({ setUp, get, why }) => {
            // What browsers do where the user blocks storage; the platform has no switch for a test.
            const evaluate = async (text) =>
              (await import(`data:text/javascript,export default ${encodeURIComponent(text)}`))
                .default;
            Object.defineProperty(globalThis, 'indexedDB', {
              get: await evaluate(get),
              configurable: true,
            });
            await (await evaluate(setUp))({ location: why });
            const results = [await slow(7), await slow(7), await slow(8)];
            return { results: results.map(([x]) => x), warnings };
          },
          { setUp: String(setUp), get: String(get), why },
        );
        expect(seen.results).to.deep.equal([7, 7, 8]);
        expect(seen.warnings, why).to.have.length(1);
        expect(seen.warnings[0])
          .to.contain('IndexedDB')
          .and.to.contain('until this page is closed');
      }
    },
  },
  {
    name: 'answers, says so once, and goes on when the storage is full',
    async run({ browser, serve, expect, skip, engine, launch }) {
      if (engine === 'webkitgtk') skip('its WebDriver has no way to limit the storage');
      const server = await serve();
      // Firefox takes the limit, in kB, at its start; Chromium takes it while it runs.
      const limit = { 'dom.quotaManager.temporaryStorage.fixedLimit': 4096 };
      const limited = engine === 'firefox' ? await launch({ prefs: limit }) : browser;
      const page = await limited.open(server.url('/blank.html'));
      if (engine === 'chromium') {
        await page.command('limit the storage', (driver) => {
          driver.getExecutor().defineCommand('cdp', 'POST', '/session/:sessionId/goog/cdp/execute');
          const quota = { origin: server.origin, quotaSize: 4 << 20 };
          const command = new Command('cdp').setParameter('cmd', 'Storage.overrideQuotaForOrigin');
          return driver.execute(command.setParameter('params', quota));
        });
      }
      await page.evaluate(setUp, { location: 'full' });
      const seen = await page.evaluate(async () => {
        // Browsers compress what they store: noise stays as large as it is.
        const noise = (n) => Float64Array.from({ length: n }, Math.random);
        const large = memory.cache((n) => noise(n), { name: 'large' });
        const lengths = [];
        for (let i = 0; i < 3; i++) lengths.push((await large(1_500_000 + i)).length);
        const small = [(await slow(9))[0], (await slow(9))[0]];
        return {
          lengths,
          small,
          warnings,
          kept: (await memory.items()).map(({ funcId }) => funcId),
        };
      });
      expect(seen.lengths).to.deep.equal([1_500_000, 1_500_001, 1_500_002]);
      expect(seen.small).to.deep.equal([9, 9]);
      expect(seen.warnings).to.have.length(1);
      expect(seen.warnings[0]).to.contain('storage of this site is full');
      // What is small still has room.
      expect(seen.kept).to.deep.equal(['js/slow']);
      expect(runsOf(server, 9)).to.equal(1);
    },
  },
  {
    name: 'has every result whole or not at all after the browser was killed while it stored',
    async run({ serve, skip, engine, launch, folder }) {
      if (!keepsProfile(engine)) skip('this browser keeps no profile between two launches');
      await killWhileStoring({
        launch,
        profile: await folder(),
        server: await serve(),
        results: 40,
      });
    },
  },
];
