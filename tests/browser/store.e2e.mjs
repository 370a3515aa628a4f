// The store in real browsers, below Memory: bytes on paths over IndexedDB, what survives, who waits
// for whom. The module under test is not public: it is bundled here as the Python package bundles it.

import { join } from 'node:path';
import { build } from 'esbuild';

async function serveStore(serve, root) {
  const bundle = await build({
    entryPoints: [join(root, 'src/ts/memory/store.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const body = bundle.outputFiles[0].text;
  return serve({
    mounts: {
      '/store.js': { body, type: 'text/javascript' },
      '/joblite.wasm': join(root, 'dist/joblite.wasm'),
    },
  });
}

/** Opens a page on which `run` finds the store of a database of the test's own as `open()`. */
async function openPage({ browser, serve, root }, server) {
  return browser.open((server ?? (await serveStore(serve, root))).url('/blank.html'));
}

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
];
