// Caches that travel: Python's as a zip into a store and out again, where joblib.Memory finds its
// results, and JavaScript's, exported and in the store 'local', which joblib opens.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/build/run.mjs';
import { stores } from '../fixtures/internals.mjs';

/** Gives a line for each thing that joblib sees otherwise. */
export async function archiveProblems({ root, python, folder }) {
  const script = join(import.meta.dirname, 'archive.py');
  const ask = async (step, ...names) =>
    JSON.parse(await run(python, [script, step, folder, ...names]));
  const { openStore, exportLocation, importLocation, dump } = await stores(root);
  const problems = [...(await ask('write', 'plain')), ...(await ask('write', 'packed'))];
  const store = await openStore({ backend: 'memory' });
  const save = async (name, location) =>
    writeFileSync(
      join(folder, name),
      new Uint8Array(await (await exportLocation(store, location)).arrayBuffer()),
    );
  for (const name of ['plain', 'packed']) {
    const { items } = await importLocation(
      store,
      name,
      new Blob([readFileSync(join(folder, `${name}.zip`))]),
    );
    if (items !== 2) problems.push(`${name}: ${items} results were imported`);
    await save(`${name}-back.zip`, name);
  }
  const location = join(folder, 'local');
  const local = await openStore({ backend: 'local', location });
  for (const [to, at] of [
    [store, 'javascript'],
    [local, location],
  ]) {
    for (const n of [3, 30_000]) {
      const path = `${at}/joblib/js/scaled/${String(n).padStart(32, '0')}`;
      const output = await dump({ n, data: new Float64Array(n).fill(0.5) });
      await to.commit([
        ['put', `${path}/output.pkl`, [output]],
        ['put', `${path}/metadata.json`, [new TextEncoder().encode('{"duration": 1}')]],
      ]);
    }
  }
  await save('javascript.zip', 'javascript');
  return [...problems, ...(await ask('check', 'plain')), ...(await ask('check', 'packed'))];
}
