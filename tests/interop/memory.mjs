// What Memory keeps in a browser's IndexedDB is joblib's directory: written to a disk as it is, it is
// read by joblib itself.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../src/build/run.mjs';
import { serveTests } from '../browser/runner/pages.mjs';
import { launch } from '../drivers/browser.mjs';

/** In the page: calls cached functions, then reads all of the database behind Memory's back. */
async function keep() {
  const { Memory } = await import('joblite');
  const memory = new Memory('cache');
  const scaled = memory.cache((n, options) => ({ n, data: new Float64Array(n).fill(options.by) }), {
    name: 'scaled',
  });
  const text = memory.cache((name) => `hello ${name}`, { name: 'a/text' });
  await scaled(20_000, { by: 2 });
  await scaled(3, { by: 0.5 });
  await text('ü');
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await done(indexedDB.open('joblite-1'));
  const data = database.transaction('data').objectStore('data');
  const [paths, values] = [data.getAllKeys(), data.getAll()];
  await done(values);
  const base64 = async (parts) => {
    const url = await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.readAsDataURL(new Blob(parts, { type: 'x/x' }));
    });
    return url.slice(url.indexOf(',') + 1);
  };
  return Promise.all(paths.result.map(async (path, i) => [path, await base64(values.result[i])]));
}

/** Gives a line for each thing that joblib sees otherwise. */
export async function memoryProblems({ root, python, folder }) {
  const server = await serveTests(root);
  const browser = await launch('chromium');
  try {
    const page = await browser.open(server.url('/blank.html'));
    for (const [path, bytes] of await page.evaluate(keep)) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes, 'base64');
    }
  } finally {
    await browser.close();
    await server.close();
  }
  const script = join(import.meta.dirname, 'memory.py');
  return JSON.parse(await run(python, [script, join(folder, 'cache')]));
}
