// Results that are held in RAM beside the store: what a caller changes stays out, what the store lets go
// of is not given, and no more is held than is allowed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Memory } from 'joblite';

let count = 0;
const fresh = (options = {}, location = `ram-${count++}`) =>
  new Memory(location, { backend: 'memory', ...options });

const body = (n) => ({ data: new Float64Array(n).fill(n), list: [n] });
const make = (memory, runs = { count: 0 }) =>
  Object.assign(
    memory.cache(
      function body(n) {
        runs.count += 1;
        return { data: new Float64Array(n).fill(n), list: [n] };
      },
      { name: 'f' },
    ),
    { runs },
  );

test('what is given may be changed, at whatever size, and is made anew', async () => {
  const f = make(fresh());
  for (const n of [3, 600, 20_000, 700_000]) {
    for (let turn = 0; turn < 3; turn++) {
      const result = await f(n);
      assert.deepEqual(result, body(n));
      result.data.fill(7);
      result.list.push(2);
      result.more = 1;
    }
  }
  assert.equal(f.runs.count, 4);
});

test('an argument that changes after the call changes nothing', async () => {
  const f = fresh().cache(async ({ n }) => [n], { name: 'f' });
  await f({ n: 1 });
  await f({ n: 2 });
  const argument = { n: 1 };
  const first = f(argument);
  argument.n = 2;
  assert.deepEqual(await first, [1]);
});

test('a result that is gone from the store is gone from RAM, whoever removed it', async () => {
  const location = 'removed';
  const f = make(fresh({}, location));
  const other = make(fresh({ ramBytesLimit: 0 }, location), f.runs);
  const removals = [
    () => f.clear(),
    () => other.clear(),
    () => fresh({}, location).clear(),
    () => fresh({}, `${location}/`).clear(),
    () => fresh({}, location).reduceSize({ itemsLimit: 0 }),
    async () => (await f.callAndShelve(1)).clear(),
    async () => (await other.callAndShelve(1)).clear(),
  ];
  for (const [i, remove] of removals.entries()) {
    await f(1);
    await f(1);
    assert.equal(f.runs.count, i + 1, `before removal ${i}`);
    await remove();
    assert.equal(await f.checkCallInCache(1), false, `removal ${i}`);
  }
  // Another location that begins with the same letters is another one.
  await f(1);
  await fresh({}, 'remove').clear();
  assert.equal(await f.checkCallInCache(1), true);
  assert.equal(f.runs.count, removals.length + 1);
});

test('a result that another Memory of the location computes anew takes the place of the first', async () => {
  let turn = 0;
  const anew = (options) => fresh(options, 'anew').cache(() => ++turn, { name: 'f' });
  const f = anew({});
  assert.equal(await f(), 1);
  for (const options of [{}, { ramBytesLimit: 0 }]) {
    const [output] = await anew(options).call();
    assert.equal(await f(), output);
  }
});
