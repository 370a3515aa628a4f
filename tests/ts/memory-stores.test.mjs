// Memory under Node in joblib's directories on disk, and carried from one place to another.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { load, MemorizedResult, Memory } from 'joblite';

/** A function that is cached in `memory`, and how often it ran. */
function counted(memory, options = {}) {
  const runs = { count: 0 };
  const body = (n, x) => {
    runs.count += 1;
    return { data: new Float64Array(n).fill(x), text: 'ü' };
  };
  return { f: memory.cache(body, { name: 'f', ...options }), runs };
}

async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), 'joblite-memory-'));
  t.after(() => rm(path, { recursive: true }));
  return join(path, 'cache');
}

test('results lie on disk as joblib lays them out, and are found by another Memory', async (t) => {
  const location = await folder(t);
  const memory = new Memory(location, { backend: 'local', compress: 'gzip', ramBytesLimit: 0 });
  const { f, runs } = counted(memory);
  await f(2000, 2);
  const reference = await f.callAndShelve(2000, 2);
  const directory = join(location, 'joblib', reference.funcId, reference.argsId);
  assert.deepEqual((await readdir(directory)).sort(), ['metadata.json', 'output.pkl']);
  assert.equal((await load(join(directory, 'output.pkl'))).data[1999], 2);
  await memory.close();
  const again = counted(new Memory(location, { backend: 'local' }));
  assert.equal((await again.f(2000, 2)).data[1999], 2);
  assert.equal(runs.count + again.runs.count, 1);
  const clone = MemorizedResult.from(structuredClone(reference));
  assert.equal((await clone.get()).text, 'ü');
  await clone.clear();
  assert.equal(await again.f.checkCallInCache(2000, 2), false);
  await again.f(1, 1);
  await again.f(1, 2);
  const left = new Memory(location, { backend: 'local' });
  assert.deepEqual((await left.reduceSize({ itemsLimit: 1 })).items, 1);
  await left.clear();
  assert.deepEqual(await left.items(), []);
  await left.close();
});

test('a cache is carried from one Memory to another as a zip', async () => {
  const from = new Memory('from', { backend: 'memory' });
  const { f } = counted(from);
  await f(10, 1);
  await f(2000, 2);
  const archive = await from.export();
  assert.ok(archive instanceof Blob);
  const to = new Memory('to', { backend: 'memory' });
  assert.deepEqual(await to.import(archive), { items: 2 });
  const { f: g, runs } = counted(to);
  assert.deepEqual(await g(2000, 2), await f(2000, 2));
  assert.equal(runs.count, 0);
  await assert.rejects(to.import(new Blob(['no zip'])), { code: 'CORRUPT_DATA' });
  await assert.rejects(new Memory(null).export(), TypeError);
  await assert.rejects(new Memory(null).import(archive), TypeError);
});

test("a backend that is not known is refused in joblib's words", () => {
  assert.throws(() => new Memory('cache', { backend: 'redis' }), {
    name: 'TypeError',
    message: 'Unknown location cache or backend redis',
  });
});
