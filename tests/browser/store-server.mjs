// The store's own modules for pages: they are not public, and bundled here as the Python package bundles them.

import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * A server of `/store.js`, or another `entry` of that name, and of `/idb.js`, which looks into the
 * database behind the store's back.
 */
export async function serveStore({ serve, root }, entry = 'src/ts/memory/store.ts') {
  const bundle = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const script = (body) => ({ body, type: 'text/javascript' });
  return serve({
    mounts: {
      '/store.js': script(bundle.outputFiles[0].text),
      '/idb.js': script(IDB),
      '/joblite.wasm': join(root, 'dist/joblite.wasm'),
    },
  });
}

const IDB = `
export const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
export async function inside(prefix, storeName, run) {
  const database = await done(indexedDB.open(prefix + '-joblite-1'));
  try {
    const transaction = database.transaction(storeName, 'readwrite');
    const result = await done(run(transaction.objectStore(storeName)));
    return result;
  } finally {
    database.close();
  }
}
`;
