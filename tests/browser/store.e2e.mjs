// The store in real browsers, below Memory: bytes on paths over IndexedDB, what survives, who waits
// for whom. The module under test is not public: it is bundled here as the Python package bundles it.

import { keepsProfile } from '../drivers/browser.mjs';
import { serveStore } from './store-server.mjs';

const CHUNK_BYTES = 64 << 20;

async function openPage(context) {
  const server = await serveStore(context);
  return context.browser.open(server.url('/blank.html'));
}

/** Two tabs of one site. */
async function openTwo(context) {
  const server = await serveStore(context);
  const url = server.url('/blank.html');
  return [await context.browser.open(url), await context.browser.open(url)];
}

const names = (entries) => entries.map(({ path }) => path);

export default [
  {
    name: 'gives back the parts of an entry as they were put, freshly made',
    async run(context) {
      const { expect } = context;
      const page = await openPage(context);
      const result = await page.evaluate(async () => {
        const { openStore } = await import('/store.js');
        const store = await openStore({ databasePrefix: 'parts' });
        const buffer = new Float64Array([1, 2, 3]).buffer;
        const view = new Uint8Array(new Uint8Array([9, 1, 2, 9]).buffer, 1, 2);
        await store.commit([
          ['put', 'a/x', [new Uint8Array([7]), buffer, view, new Uint8Array(0)]],
        ]);
        const first = await store.read('a/x');
        new Uint8Array(first[1]).fill(0);
        const parts = await store.read('a/x');
        return {
          kind: store.kind,
          missing: await store.read('a/y'),
          types: parts.map((part) => part.constructor.name),
          bytes: parts.map((part) => [...new Uint8Array(part.buffer ?? part)]),
          floats: [...new Float64Array(parts[1])],
          entries: (await store.list('a/')).map(({ path, size }) => [path, size]),
        };
      });
      expect(result.kind).to.equal('indexeddb');
      expect(result.missing).to.equal(null);
      expect(result.types).to.deep.equal(['Uint8Array', 'ArrayBuffer', 'Uint8Array', 'Uint8Array']);
      expect(result.bytes[0]).to.deep.equal([7]);
      expect(result.bytes[2]).to.deep.equal([1, 2]);
      expect(result.floats).to.deep.equal([1, 2, 3]);
      expect(result.entries).to.deep.equal([['a/x', 27]]);
    },
  },
  {
    name: 'performs all of a commit or nothing, whoever shares its transaction',
    async run(context) {
      const { expect } = context;
      const page = await openPage(context);
      const result = await page.evaluate(async () => {
        const { openStore } = await import('/store.js');
        const store = await openStore({ databasePrefix: 'atomic' });
        const bytes = (n) => [new Uint8Array([n])];
        const outcomes = await Promise.allSettled([
          store.commit([['put', 'good/1', bytes(1)]]),
          store.commit([
            ['put', 'bad', bytes(2)],
            ['move', 'nowhere', 'good/3'],
          ]),
          store.commit([['put', 'good/2', bytes(3)]]),
        ]);
        await store.commit([
          ['move', 'good/2', 'good/4'],
          ['delete', 'good/1'],
          ['put', 'good/5', bytes(5)],
        ]);
        const many = Array.from({ length: 300 }, (_, i) => `many/${String(i).padStart(3, '0')}`);
        await Promise.all(many.map((path, i) => store.commit([['put', path, bytes(i)]])));
        const read = await Promise.all(many.map((path) => store.read(path)));
        await store.commit([
          ['deletePrefix', 'many/1'],
          ['put', 'many/1x', bytes(1)],
        ]);
        return {
          outcomes: outcomes.map(({ status, reason }) => reason?.code ?? status),
          good: await store.list('good/'),
          bad: await store.read('bad'),
          moved: [...(await store.read('good/4'))[0]],
          sum: read.reduce((sum, [part], i) => sum + (part[0] === i % 256), 0),
          totals: await store.totals('many/'),
          gone: await store.read('many/100'),
          page: await store.list('many/', { after: 'many/098', limit: 3 }),
        };
      });
      expect(result.outcomes).to.deep.equal(['fulfilled', 'ITEM_NOT_FOUND', 'fulfilled']);
      expect(names(result.good)).to.deep.equal(['good/4', 'good/5']);
      expect(result.bad).to.equal(null);
      expect(result.moved).to.deep.equal([3]);
      expect(result.sum).to.equal(300);
      expect(result.totals).to.deep.equal({ count: 201, size: 201 });
      expect(result.gone).to.equal(null);
      expect(names(result.page)).to.deep.equal(['many/099', 'many/1x', 'many/200']);
    },
  },
  {
    name: 'cuts what is larger than one value may be, and leaves no piece behind',
    async run(context) {
      const { expect } = context;
      const page = await openPage(context);
      const result = await page.evaluate(async (chunkBytes) => {
        const { openStore } = await import('/store.js');
        const { inside } = await import('/idb.js');
        const store = await openStore({ databasePrefix: 'large' });
        const large = new Uint8Array(2 * chunkBytes + 5);
        large[0] = 1;
        large[chunkBytes] = 2;
        large[large.length - 1] = 3;
        const chunks = () => inside('large', 'chunks', (chunks) => chunks.count());
        await store.commit([
          ['put', 'a', [new Uint8Array([9]), large.buffer, new Uint8Array([8])]],
        ]);
        const parts = await store.read('a');
        const middle = new Uint8Array(parts[1].buffer ?? parts[1]);
        const result = {
          lengths: parts.map((part) => part.byteLength),
          ends: [parts[0][0], parts[2][0], middle[0], middle[chunkBytes], middle[large.length - 1]],
          chunks: [await chunks()],
          size: (await store.list(''))[0].size,
        };
        await store.commit([['move', 'a', 'b']]);
        result.moved = (await store.read('b')).map((part) => part.byteLength);
        result.chunks.push(await chunks());
        await store.commit([['put', 'b', [new Uint8Array(1)]]]);
        result.chunks.push(await chunks());
        return result;
      }, CHUNK_BYTES);
      const lengths = [1, 2 * CHUNK_BYTES + 5, 1];
      expect(result.lengths).to.deep.equal(lengths);
      expect(result.ends).to.deep.equal([9, 8, 1, 2, 3]);
      expect(result.size).to.equal(2 * CHUNK_BYTES + 7);
      expect(result.moved).to.deep.equal(lengths);
      expect(result.chunks).to.deep.equal([3, 3, 0]);
    },
  },
  {
    name: 'writes nothing of a commit with a transferred buffer, and goes on',
    async run(context) {
      const { expect } = context;
      const page = await openPage(context);
      for (const backend of ['indexeddb', 'memory']) {
        const result = await page.evaluate(
          async ({ backend, chunkBytes }) => {
            const { openStore } = await import('/store.js');
            const store = await openStore({ databasePrefix: 'detached', backend });
            const gone = (bytes) => {
              structuredClone(bytes, { transfer: [bytes.buffer ?? bytes] });
              return bytes;
            };
            const puts = [
              ['view', [new Uint8Array(3), gone(new Uint8Array(8))]],
              ['buffer', [gone(new ArrayBuffer(8))]],
              ['large view', [new Uint8Array(chunkBytes + 1), gone(new Uint8Array(8))]],
              ['large buffer', [gone(new ArrayBuffer(8)), new Uint8Array(chunkBytes + 1)]],
              ['nothing', [new Uint8Array(0), new ArrayBuffer(0)]],
              ['no bytes', [Object.create(Uint8Array.prototype)]],
              ['text', ['text']],
            ];
            const commits = puts.map(([path, parts]) =>
              store.commit([
                ['put', `with ${path}`, [new Uint8Array(1)]],
                ['put', path, parts],
              ]),
            );
            const outcomes = await Promise.allSettled(commits);
            return {
              kind: store.kind,
              outcomes: outcomes.map(
                ({ status, reason }) => reason?.code ?? reason?.name ?? status,
              ),
              claim: await store.claim('view'),
              paths: (await store.list('')).map(({ path }) => path),
              read: (await store.read('nothing')).map((part) => part.byteLength),
            };
          },
          { backend, chunkBytes: CHUNK_BYTES },
        );
        expect(result).to.deep.equal({
          kind: backend,
          outcomes: [...Array(4).fill('STORE_ABORTED'), 'fulfilled', 'TypeError', 'TypeError'],
          claim: 'granted',
          paths: ['nothing', 'with nothing'],
          read: [0, 0],
        });
      }
    },
  },
  {
    name: 'tells of lengths that an entry cannot have, whatever memory they ask for',
    async run(context) {
      const { expect } = context;
      const page = await openPage(context);
      const result = await page.evaluate(async (chunkBytes) => {
        const { openStore } = await import('/store.js');
        const { inside } = await import('/idb.js');
        const store = await openStore({ databasePrefix: 'lengths' });
        await store.commit([['put', 'a', [new Uint8Array(chunkBytes + 1)]]]);
        const codes = [];
        for (const lengths of [
          [chunkBytes + 2],
          [2 ** 32 - 1],
          [2 ** 53],
          [2 ** 63, 2 ** 63],
          [1, chunkBytes],
          [chunkBytes + 1],
        ]) {
          await inside('lengths', 'data', (data) => data.put({ lengths }, 'a'));
          const outcome = store.read('a').then(
            (parts) => parts.map((part) => part.byteLength),
            (error) => error.code,
          );
          codes.push(await outcome);
        }
        await inside('lengths', 'chunks', (chunks) => chunks.put(['no bytes'], ['a', 0]));
        codes.push(await store.read('a').catch((error) => error.code));
        return codes;
      }, CHUNK_BYTES);
      expect(result).to.deep.equal([
        ...Array(5).fill('CORRUPT_DATA'),
        [CHUNK_BYTES + 1],
        'CORRUPT_DATA',
      ]);
    },
  },
  {
    name: 'answers and writes nothing when the browser throws where it never should',
    async run(context) {
      const { expect } = context;
      const page = await openPage(context);
      const result = await page.evaluate(async () => {
        const { openStore } = await import('/store.js');
        const store = await openStore({ databasePrefix: 'thrown' });
        const many = Array.from({ length: 20 }, (_, i) => ['put', `${i}`, [new Uint8Array(1)]]);
        await store.list('');
        const real = Object.getOwnPropertyDescriptor(IDBRequest.prototype, 'readyState');
        Object.defineProperty(IDBRequest.prototype, 'readyState', {
          configurable: true,
          get() {
            throw new RangeError('out of memory');
          },
        });
        const code = (promise) => promise.then(String, (error) => `${error.code} ${error.message}`);
        const failed = await Promise.all([
          code(store.commit(many)),
          code(store.claim('a')),
          code(store.read('0')),
          code(store.list('')),
        ]);
        Object.defineProperty(IDBRequest.prototype, 'readyState', real);
        const left = await store.list('');
        const claim = await store.claim('a');
        await store.commit(many);
        return { failed, left, claim, count: (await store.totals('')).count };
      });
      for (const failure of result.failed)
        expect(failure).to.match(/^STORE_ABORTED .*RangeError: out of memory/);
      expect(result).to.include({ claim: 'granted', count: 20 });
      expect(result.left).to.deep.equal([]);
    },
  },
  {
    name: 'lists in one tab what another wrote, and keeps it over a reload',
    async run(context) {
      const { expect } = context;
      const [first, second] = await openTwo(context);
      const list = (page) =>
        page.evaluate(async () => {
          const { openStore } = await import('/store.js');
          const store = await openStore({ databasePrefix: 'tabs' });
          return (await store.list('')).map(({ path }) => path);
        });
      const put = (page, paths) =>
        page.evaluate(async (paths) => {
          const { openStore } = await import('/store.js');
          const store = await openStore({ databasePrefix: 'tabs' });
          await store.commit(paths.map((path) => ['put', path, [new Uint8Array(3)]]));
        }, paths);
      expect(await list(first)).to.deep.equal([]);
      await put(second, ['a/1', 'a/2', 'b']);
      expect(await list(first)).to.deep.equal(['a/1', 'a/2', 'b']);
      await put(first, ['c']);
      expect(await list(second)).to.deep.equal(['a/1', 'a/2', 'b', 'c']);
      await second.reload();
      expect(await list(second)).to.deep.equal(['a/1', 'a/2', 'b', 'c']);
    },
  },
  {
    name: 'notes access times, creates nothing by them, and names the oldest',
    async run(context) {
      const { expect } = context;
      const page = await openPage(context);
      const result = await page.evaluate(async () => {
        const { openStore } = await import('/store.js');
        const store = await openStore({ databasePrefix: 'touches' });
        await store.commit(['a', 'b', 'c'].map((path) => ['put', path, [new Uint8Array(1)]]));
        const future = Date.now() + 1e6;
        await store.commit([
          ['touch', 'a', future],
          ['touch', 'ghost', future],
          ['touch', 'b', 5],
        ]);
        const before = await store.list('');
        // Two clocks may tick differently: wait until this one has moved on.
        while (Date.now() <= before[1].lastAccess) await new Promise((next) => setTimeout(next, 5));
        store.touch('b');
        return { future, before, oldest: await store.oldest('', 2) };
      });
      expect(names(result.before)).to.deep.equal(['a', 'b', 'c']);
      expect(result.before[0].lastAccess).to.equal(result.future);
      expect(result.before[1].lastAccess).to.be.greaterThan(5);
      expect(names(result.oldest)).to.deep.equal(['c', 'b']);
      expect(result.oldest[1].lastAccess).to.be.greaterThan(result.before[1].lastAccess);
    },
  },
  {
    name: 'writes its metadata anew when the log has grown, and other tabs follow',
    async run(context) {
      const { expect } = context;
      const [first, second] = await openTwo(context);
      const list = (page) =>
        page.evaluate(async () => {
          const { openStore } = await import('/store.js');
          const { inside } = await import('/idb.js');
          const store = await openStore({ databasePrefix: 'log' });
          const entries = await store.list('');
          const segments = await inside('log', 'segments', (segments) => segments.count());
          return { count: entries.length, last: entries.at(-1)?.path, segments };
        });
      expect((await list(second)).count).to.equal(0);
      await first.evaluate(async () => {
        const { openStore } = await import('/store.js');
        const store = await openStore({ databasePrefix: 'log' });
        for (let i = 0; i < 600; i++) {
          await store.commit([['put', `n/${String(i).padStart(4, '0')}`, [new Uint8Array(1)]]]);
        }
        await store.commit([['deletePrefix', 'n/000']]);
      });
      const seen = [await list(second), await list(first)];
      for (const { count, last, segments } of seen) {
        expect(count).to.equal(590);
        expect(last).to.equal('n/0599');
        expect(segments).to.be.within(2, 256 + 64);
      }
    },
  },
  {
    name: 'makes damaged metadata anew from the data',
    async run(context) {
      const { expect } = context;
      const page = await openPage(context);
      const lists = await page.evaluate(async () => {
        const { openStore } = await import('/store.js');
        const { inside } = await import('/idb.js');
        const store = await openStore({ databasePrefix: 'damage' });
        await store.commit(['a', 'b'].map((path) => ['put', path, [new Uint8Array(4)]]));
        const lists = [];
        for (const junk of [new Uint8Array([1, 2, 3]), 'no bytes at all']) {
          await inside('damage', 'segments', (segments) => segments.add(junk));
          lists.push((await store.list('')).map(({ path, size }) => [path, size]));
        }
        await store.commit([['put', 'c', [new Uint8Array(1)]]]);
        lists.push((await store.list('')).map(({ path, size }) => [path, size]));
        return lists;
      });
      const two = [
        ['a', 4],
        ['b', 4],
      ];
      expect(lists).to.deep.equal([two, two, [...two, ['c', 1]]]);
    },
  },
  {
    name: 'goes on when the database is deleted from elsewhere',
    async run(context) {
      const { expect } = context;
      const [first, second] = await openTwo(context);
      const result = await first.evaluate(async () => {
        const { openStore } = await import('/store.js');
        globalThis.store = await openStore({ databasePrefix: 'deleted' });
        await store.commit([['put', 'a', [new Uint8Array(1)]]]);
        return (await store.list('')).length;
      });
      expect(result).to.equal(1);
      await second.evaluate(async () => {
        const { done } = await import('/idb.js');
        await done(indexedDB.deleteDatabase('deleted-joblite-1'));
      });
      const after = await first.evaluate(async () => {
        const empty = [await store.read('a'), (await store.list('')).length];
        await store.commit([['put', 'b', [new Uint8Array(1)]]]);
        return [...empty, (await store.list('')).map(({ path }) => path)];
      });
      expect(after).to.deep.equal([null, 0, ['b']]);
    },
  },
  {
    name: 'keeps entries in memory, and says why, where IndexedDB refuses',
    async run(context) {
      const { expect } = context;
      const page = await openPage(context);
      // A sandboxed frame has an opaque origin: storage of any kind throws there.
      const answer = await page.evaluate(async () => {
        const frame = document.createElement('iframe');
        frame.sandbox = 'allow-scripts';
        const source = await (await fetch('/store.js')).text();
        const wasm = await (await fetch('/joblite.wasm')).arrayBuffer();
        const url = (bytes, type) =>
          `URL.createObjectURL(new Blob([${bytes}], { type: '${type}' }))`;
        frame.srcdoc = `<script type="module">
          addEventListener('message', async ({ data: { source, wasm } }) => {
            try {
              const text = source.replace("new URL(\\"./joblite.wasm\\", import.meta.url)", JSON.stringify(${url('wasm', 'application/wasm')}));
              const { openStore } = await import(${url('text', 'text/javascript')});
              const store = await openStore();
              await store.commit([['put', 'a', [new Uint8Array([4])]]]);
              const claims = [await store.claim('a'), await store.claim('b')];
              parent.postMessage({ kind: store.kind, reason: store.reason, read: [...(await store.read('a'))[0]], claims }, '*');
            } catch (error) {
              parent.postMessage({ error: String(error) }, '*');
            }
          });
          parent.postMessage('ready', '*');
        </script>`;
        const answer = new Promise((resolve) => {
          addEventListener('message', ({ data }) => {
            if (data === 'ready') frame.contentWindow.postMessage({ source, wasm }, '*');
            else resolve(data);
          });
        });
        document.body.append(frame);
        return answer;
      });
      expect(answer.error).to.equal(undefined);
      expect(answer.kind).to.equal('memory');
      expect(answer.reason).to.be.a('string').that.is.not.empty;
      expect(answer.read).to.deep.equal([4]);
      expect(answer.claims).to.deep.equal(['present', 'granted']);
    },
  },
  {
    name: 'lets one tab claim, the other wait for the result, and take over from one that is gone',
    async run(context) {
      const { expect } = context;
      const [first, second] = await openTwo(context);
      const claim = (page, path, options) =>
        page.evaluate(
          async ({ path, options }) => {
            const { openStore } = await import('/store.js');
            const store = await openStore({ databasePrefix: 'claims' });
            return store.claim(path, options);
          },
          { path, options },
        );
      const finish = (page, operations) =>
        page.evaluate(async (operations) => {
          const { openStore } = await import('/store.js');
          const store = await openStore({ databasePrefix: 'claims' });
          await store.commit(
            operations.map(([kind, path]) =>
              kind === 'put' ? [kind, path, [new Uint8Array(1)]] : [kind, path],
            ),
          );
        }, operations);
      expect(await claim(first, 'result')).to.equal('granted');
      expect(await claim(second, 'result', { timeoutMs: 300 })).to.equal('expired');
      const waiting = claim(second, 'result');
      await finish(first, [
        ['put', 'result'],
        ['release', 'result'],
      ]);
      expect(await waiting).to.equal('present');
      expect(await claim(first, 'failing')).to.equal('granted');
      const next = claim(second, 'failing');
      await finish(first, [['release', 'failing']]);
      expect(await next).to.equal('granted');
      expect(await claim(first, 'orphan')).to.equal('granted');
      const heir = claim(second, 'orphan');
      await first.close();
      expect(await heir).to.equal('granted');
    },
  },
  {
    name: 'takes a page that came back from the back/forward cache for another one',
    async run(context) {
      const { expect } = context;
      const [first, second] = await openTwo(context);
      const claim = (page) =>
        page.evaluate(async () => {
          const { openStore } = await import('/store.js');
          const store = await openStore({ databasePrefix: 'back' });
          return store.claim('result', { timeoutMs: 30_000 });
        });
      expect(await claim(first)).to.equal('granted');
      const waiting = claim(second);
      await first.evaluate(() => {
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      });
      expect(await waiting).to.equal('granted');
    },
  },
  {
    name: 'says that the database is blocked when it does not open in time',
    async run(context) {
      const { expect } = context;
      const page = await openPage(context);
      const codes = await page.evaluate(async () => {
        const { done } = await import('/idb.js');
        const { openStore } = await import('/store.js');
        // A connection that does not make way keeps the deletion waiting, and that every open.
        const stubborn = await done(indexedDB.open('blocked-joblite-1', 1));
        indexedDB.deleteDatabase('blocked-joblite-1');
        const opens = await Promise.allSettled(
          [1, 2].map(() => openStore({ databasePrefix: 'blocked' })),
        );
        stubborn.close();
        return opens.map(({ reason }) => reason?.code);
      });
      expect(codes).to.deep.equal(['STORE_BLOCKED', 'STORE_BLOCKED']);
    },
  },
  {
    name: 'opens for Python at a later try what did not open at first',
    async run(context) {
      const { expect, browser } = context;
      const server = await serveStore(context, 'src/ts/pyodide/store.ts');
      const page = await browser.open(server.url('/blank.html'));
      const result = await page.evaluate(async () => {
        const { openPyodideStore } = await import('/store.js');
        const { fetch } = globalThis;
        globalThis.fetch = () => Promise.reject(new TypeError('offline'));
        const store = openPyodideStore('later');
        const put = () => store.commit([['put', 'a', new Uint8Array([7]).buffer]]);
        put();
        const first = { failures: await store.settled() };
        first.code = await store.read('a').catch(({ code }) => code);
        globalThis.fetch = fetch;
        put();
        const failures = await store.settled();
        const [part] = await store.read('a');
        return { first, later: { failures, bytes: [...new Uint8Array(part)] } };
      });
      expect(result.first.failures).to.have.length(1);
      expect(result.first.code).to.equal('NOT_INITIALIZED');
      expect(result.later).to.deep.equal({ failures: [], bytes: [7] });
    },
  },
  {
    name: 'claims without Web Locks too, until the time is up',
    async run(context) {
      const { expect } = context;
      const [first, second] = await openTwo(context);
      const claim = (page, options) =>
        page.evaluate(async (options) => {
          Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true });
          const { openStore } = await import('/store.js');
          globalThis.store = await openStore({ databasePrefix: 'lockless' });
          return store.claim('result', options);
        }, options);
      expect(await claim(first)).to.equal('granted');
      const waiting = claim(second);
      await first.evaluate(() => store.commit([['put', 'result', [new Uint8Array(1)]]]));
      // Nobody said that the claim is released: the waiter finds out by looking.
      expect(await waiting).to.equal('present');
    },
  },
  {
    name: 'has every entry whole or not at all after the browser was killed in a burst of writes',
    async run(context) {
      const { expect, skip, engine, launch, folder } = context;
      if (!keepsProfile(engine)) skip('this browser keeps no profile between two launches');
      const profile = await folder();
      const server = await serveStore(context);
      let survivors = 0;
      for (let round = 0; round < 2; round++) {
        const doomed = await launch({ profile });
        const page = await doomed.open(server.url('/blank.html'));
        await page.evaluate(async (round) => {
          const { openStore } = await import('/store.js');
          const store = await openStore({ databasePrefix: 'killed' });
          // An entry is two files of one commit, each of several parts, filled with its own number.
          const burst = async (lane) => {
            for (let i = 0; ; i++) {
              const n = (i % 255) + 1;
              const parts = [new Uint8Array(50_000).fill(n), new Uint8Array(3000).fill(n).buffer];
              const dir = `r${round}/${lane}-${String(i).padStart(5, '0')}`;
              await store.commit([
                ['put', `${dir}/output`, parts],
                ['put', `${dir}/metadata`, [new Uint8Array(9).fill(n)]],
              ]);
              globalThis.written = (globalThis.written ?? 0) + 1;
            }
          };
          for (let lane = 0; lane < 4; lane++) burst(lane);
        }, round);
        await page.waitFor(() => globalThis.written > 40);
        await doomed.kill();
        const browser = await launch({ profile });
        const seen = await (await browser.open(server.url('/blank.html'))).evaluate(
          async (round) => {
            const { openStore } = await import('/store.js');
            const store = await openStore({ databasePrefix: 'killed' });
            const entries = await store.list(`r${round}/`);
            const torn = [];
            for (const { path, size } of entries) {
              const parts =
                (await store.read(path))?.map((part) => new Uint8Array(part.buffer ?? part)) ?? [];
              const bytes = parts.flatMap((part) => [...new Set(part)]);
              const nbytes = parts.reduce((sum, part) => sum + part.length, 0);
              const other = path.endsWith('output')
                ? path.replace('output', 'metadata')
                : path.replace('metadata', 'output');
              const whole =
                nbytes === size && new Set(bytes).size === 1 && (await store.read(other)) !== null;
              if (!whole) torn.push(path);
            }
            // Whatever is in the data is in the metadata too.
            const { inside } = await import('/idb.js');
            const keys = await inside('killed', 'data', (data) => data.getAllKeys());
            const unlisted =
              keys.filter((key) => key.startsWith(`r${round}/`)).length - entries.length;
            return { count: entries.length, torn, unlisted };
          },
          round,
        );
        expect(seen.torn).to.deep.equal([]);
        expect(seen.unlisted).to.equal(0);
        expect(seen.count % 2).to.equal(0);
        survivors += seen.count;
        await browser.close();
      }
      // Relaxed durability may lose the last moments, not everything that was ever written.
      expect(survivors).to.be.greaterThan(0);
    },
  },
];
