// The stores of a page, by the suite that authors of stores use: in the page, and in a worker, where
// files of the origin private file system are written otherwise.

import { expect } from 'chai';
import { registerStoreBackend } from 'joblite';
import { storeConformance } from 'joblite/store-conformance';
import { mapStore } from '/tests/fixtures/map-store.js';
import { skip } from './skip.js';

registerStoreBackend('map', mapStore);

const everything = { atomic: true, shared: true, durable: true };
const kinds = [
  { backend: 'indexeddb', guarantees: everything },
  { backend: 'memory', guarantees: { atomic: true } },
  { backend: 'opfs', guarantees: { shared: true, durable: true } },
  { backend: 'map', guarantees: everything },
];

const hasOpfs = async () => {
  try {
    await navigator.storage.getDirectory();
    return 'createWritable' in FileSystemFileHandle.prototype;
  } catch {
    return false;
  }
};

describe('stores', () => {
  for (const options of kinds) {
    describe(options.backend, () => {
      before(async function () {
        if (options.backend === 'opfs' && !(await hasOpfs()))
          skip(this, 'this browser has no origin private file system');
      });
      for (const { name, run } of storeConformance(options)) it(name, run);
    });
  }

  it('opfs in a worker, by sync access handles', async function () {
    if (!(await hasOpfs())) skip(this, 'this browser has no origin private file system');
    const from = (name) => JSON.stringify(import.meta.resolve(name));
    const source = `
      import { storeConformance } from ${from('joblite/store-conformance')};
      const calls = { sync: 0 };
      const { createSyncAccessHandle } = FileSystemFileHandle.prototype;
      FileSystemFileHandle.prototype.createSyncAccessHandle = function () {
        calls.sync += 1;
        return createSyncAccessHandle.call(this);
      };
      const failures = [];
      for (const { name, run } of storeConformance(${JSON.stringify(kinds[2])}))
        await run().catch((error) => failures.push(name + ': ' + error.stack));
      postMessage({ failures, sync: calls.sync > 10 });
    `;
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    const worker = new Worker(url, { type: 'module' });
    const answer = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    worker.terminate();
    expect(answer).to.deep.equal({ failures: [], sync: true });
  });
});
