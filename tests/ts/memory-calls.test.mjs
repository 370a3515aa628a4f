// The whole of joblib's Memory under Node, in the store 'memory': calls, references, validation, what is
// printed, and what is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { expiresAfter, MemorizedResult, Memory, NotMemorizedResult } from 'joblite';

let count = 0;
/** A Memory of its own; the store lasts as long as the process. */
const fresh = (options = {}) => new Memory(`test-${count++}`, { backend: 'memory', ...options });

/** A cached function, and how often its body ran. */
function counted(body, options = {}, memory = fresh()) {
  const runs = { count: 0 };
  function f(...args) {
    runs.count += 1;
    return body(...args);
  }
  return { f: memory.cache(f, options), runs, memory };
}

/** Runs `act` and gives what it wrote to the console, with the kind of line. */
async function linesOf(act) {
  const kept = { log: console.log, warn: console.warn };
  const lines = [];
  for (const kind of Object.keys(kept))
    console[kind] = (...words) => lines.push(`${kind}: ${words.join(' ')}`);
  try {
    await act();
  } finally {
    Object.assign(console, kept);
  }
  return lines;
}

test('call computes in any case, stores, and says what is known of the result', async () => {
  let turn = 0;
  const { f, runs } = counted((x) => [x, ++turn]);
  assert.deepEqual(await f(1), [1, 1]);
  const [output, metadata] = await f.call(1);
  assert.deepEqual(output, [1, 2]);
  assert.ok(metadata.duration >= 0 && metadata.time instanceof Date);
  assert.deepEqual(metadata.inputArgs, { 'args[0]': '1' });
  assert.deepEqual(await f(1), [1, 2]);
  output.push('changed');
  assert.deepEqual(await f(1), [1, 2]);
  assert.equal(runs.count, 2);
});

test('a shelved result is a reference: its data are read when they are asked for', async () => {
  const { f, runs, memory } = counted(
    (n) => new Float64Array(n).fill(1),
    {},
    fresh({ ramBytesLimit: 0 }),
  );
  const result = await f.callAndShelve(3);
  assert.ok(result instanceof MemorizedResult);
  assert.deepEqual([...(await result.get())], [1, 1, 1]);
  assert.equal(result.funcId, 'js/f');
  assert.match(result.argsId, /^[0-9a-f]{32}$/);
  assert.deepEqual(result.metadata.inputArgs, { 'args[0]': '3' });
  assert.equal(
    String(result),
    `MemorizedResult(location="${memory.location}", func="js/f", args_id="${result.argsId}")`,
  );
  const again = await f.callAndShelve(3);
  assert.deepEqual(structuredClone(again), structuredClone(result));
  assert.equal(runs.count, 1);
  const clone = MemorizedResult.from(structuredClone(result));
  (await clone.get()).fill(7);
  assert.deepEqual([...(await clone.get())], [1, 1, 1]);
  await clone.clear();
  await clone.clear();
  await assert.rejects(result.get(), {
    code: 'ITEM_NOT_FOUND',
    message: /^Non-existing item \(may have been cleared\)\.\nFile .*output\.pkl does not exist$/,
  });
  await f(3);
  assert.equal(runs.count, 2);
  assert.throws(() => MemorizedResult.from({}), TypeError);
});

test('a result that is shelved and asked for at once is computed once', async () => {
  const { f, runs } = counted(async (x) => [x]);
  const [first, shelved, third] = await Promise.all([f(1), f.callAndShelve(1), f(1)]);
  first.push('changed');
  assert.deepEqual(await shelved.get(), [1]);
  assert.deepEqual(third, [1]);
  assert.equal(runs.count, 1);
  const [again, value] = await Promise.all([f.callAndShelve(1), f(1)]);
  assert.deepEqual(await again.get(), value);
  const both = await Promise.all([f.callAndShelve(2), f(2)]);
  assert.deepEqual([await both[0].get(), both[1]], [[2], [2]]);
  assert.equal(runs.count, 2);
});

test('what cannot be stored is shelved by value', async () => {
  const { f } = counted(() => ({ callback: () => 1 }), { name: 'unstorable' });
  await linesOf(async () => {
    const result = await f.callAndShelve();
    assert.ok(result instanceof NotMemorizedResult);
    assert.equal((await result.get()).callback(), 1);
  });
});

test('without a location nothing is kept, and everything answers', async () => {
  const { f, runs, memory } = counted((x) => [x], {}, new Memory(null));
  await f(1);
  assert.deepEqual(await f(1), [1]);
  assert.deepEqual(await f.call(1), [[1], {}]);
  assert.equal(await f.checkCallInCache(1), false);
  const result = await f.callAndShelve(1);
  assert.ok(result instanceof NotMemorizedResult);
  assert.deepEqual(await result.get(), [1]);
  assert.equal(String(result), 'NotMemorizedResult(1)');
  const clone = MemorizedResult.from(structuredClone(result));
  await result.clear();
  assert.equal(String(result), 'NotMemorizedResult with no value');
  await assert.rejects(result.get(), { code: 'ITEM_NOT_FOUND', message: 'No value stored.' });
  assert.deepEqual(await clone.get(), [1]);
  assert.equal(runs.count, 4);
  await f.clear();
  await memory.clear();
  assert.deepEqual(await memory.items(), []);
  assert.deepEqual(await memory.reduceSize({ itemsLimit: 0 }), { items: 0, bytes: 0 });
  assert.equal(await memory.eval((x) => x + 1, 1).catch(String), `TypeError: ${anonymous}`);
  assert.equal(
    await memory.eval(function plus(x) {
      return x + 1;
    }, 1),
    2,
  );
  await memory.close();
});

const anonymous =
  "memory.cache: a function without a name cannot be found again: give it one, cache(fn, { name: 'heavy' })";

test('a validation callback decides by metadata, is asked at every hit, and may be asynchronous', async () => {
  for (const ramBytesLimit of [0, undefined]) {
    const asked = [];
    let valid = true;
    const { f, runs } = counted(
      (x) => x,
      {
        cacheValidationCallback: async (metadata) => {
          asked.push(metadata);
          return valid;
        },
      },
      fresh({ ramBytesLimit }),
    );
    await f(1);
    assert.equal(asked.length, 0);
    await f(1);
    await f(1);
    assert.equal(runs.count, 1);
    assert.equal(asked.length, 2);
    assert.deepEqual(asked[0].inputArgs, { 'args[0]': '1' });
    assert.equal(await f.checkCallInCache(1), true);
    assert.equal(await f.checkCallInCache(2), false);
    valid = false;
    await f(1);
    assert.equal(runs.count, 2);
    assert.equal(await f.checkCallInCache(1), false);
    valid = true;
    // The one that was refused is forgotten.
    assert.equal(await f.checkCallInCache(1), false);
    await f(1);
    assert.equal(runs.count, 3);
  }
});

test("an error of the validation callback is the caller's", async () => {
  const failing = () => {
    throw new RangeError('which price?');
  };
  const { f } = counted((x) => x, { cacheValidationCallback: failing });
  assert.equal(await f(1), 1);
  await assert.rejects(f(1), RangeError);
});

test('expiresAfter takes the words of timedelta', async () => {
  const at = (agoMs) => ({ time: new Date(Date.now() - agoMs), duration: 1, inputArgs: {} });
  const seconds = 86_400 * 8 + 3_600 + 60 + 1;
  const valid = expiresAfter({
    weeks: 1,
    days: 1,
    hours: 1,
    minutes: 1,
    seconds: 1,
    milliseconds: 500,
    microseconds: 500_000,
  });
  assert.equal(valid(at(seconds * 1000)), true);
  assert.equal(valid(at((seconds + 2) * 1000)), false);
  assert.equal(expiresAfter({})(at(0)), false);
  assert.throws(() => expiresAfter({ years: 1 }), {
    name: 'TypeError',
    message: "expiresAfter got an unexpected argument 'years'",
  });
  assert.throws(() => expiresAfter({ days: '1' }), TypeError);
  const { f, runs } = counted((x) => x, {
    cacheValidationCallback: expiresAfter({ milliseconds: 100 }),
  });
  await f(1);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await f(1);
  assert.equal(runs.count, 2);
});

test('cache takes its options first, as a decorator does, and a cached function again', async () => {
  const memory = fresh();
  let runs = 0;
  const f = memory.cache({ ignore: ['_verbose'] })(function f(x, _verbose) {
    runs += 1;
    return x;
  });
  await f(1, true);
  await f(1, false);
  assert.equal(runs, 1);
  assert.equal(f.name, 'f');
  assert.equal(memory.cache(memory.cache(f.func, { name: 'g' })).name, 'g');
  assert.equal(memory.cache(f).func, f.func);
  assert.equal(await memory.eval(f, 2), 2);
  assert.equal(await memory.eval(f.func, 2, undefined), 2);
  assert.equal(typeof memory.cache(), 'function');
});

test('what a function closes over is part of its identity, where deps say so', async () => {
  const memory = fresh();
  let runs = 0;
  const body = (x) => {
    runs += 1;
    return x;
  };
  const make = (deps) => memory.cache(body, { name: 'f', deps });
  const helper = (x) => x + 1;
  await make({ helper, K: { a: 1 } })(1);
  await make({ K: { a: 1 }, helper })(1);
  assert.equal(runs, 1);
  await make({ helper: (x) => x + 2, K: { a: 1 } })(1);
  await make({ helper: helper.toString(), K: { a: 1 } })(1);
  await make({ helper, K: { a: 2 } })(1);
  await make([helper])(1);
  await make(undefined)(1);
  assert.equal(runs, 6);
  // A cached function counts with its own version and deps, not by what joblite made of it.
  const cached = (version, K) => memory.cache(helper, { version, deps: [K] });
  await make([cached(1, 1)])(1);
  await make([cached(1, 1)])(1);
  assert.equal(runs, 7);
  await make([cached(2, 1)])(1);
  await make([cached(1, 2)])(1);
  assert.equal(runs, 9);
  // They are read when the function is cached.
  const K = { a: 5 };
  const f = make([K]);
  K.a = 6;
  await f(1);
  await make([{ a: 5 }])(1);
  assert.equal(runs, 10);
  assert.throws(() => make({ K: { on: () => 1 } }), {
    code: 'UNSUPPORTED_VALUE',
    message: /\$\.K.*\.on/,
  });
  assert.throws(() => make('helper'), { name: 'TypeError', message: /deps must be an array/ });
  assert.throws(() => make([Math.max.bind(null)]), { name: 'TypeError', message: /bound max/ });
  assert.throws(() => make([new Blob(['a'])]), { name: 'TypeError', message: /Blobs/ });
});

test('an argument that cannot be told from others is named', async () => {
  const memory = fresh();
  const f = memory.cache(
    function heavy(data, { deep } = {}, options, ...more) {
      return data ?? deep ?? options ?? more;
    },
    { ignore: ['data'] },
  );
  // Before the engine is asked for, and after.
  for (let turn = 0; turn < 2; turn++) {
    await assert.rejects(f(1, {}, { on: [() => 1] }), (error) => {
      assert.equal(error.code, 'UNSUPPORTED_VALUE');
      assert.match(
        error.message,
        /^argument options of heavy .* at \$\.on\[0\]: functions cannot be stored$/,
      );
      assert.equal(error.details.argument, 'options');
      assert.equal(error.details.path, '$.on[0]');
      return true;
    });
    await assert.rejects(f(1, {}, {}, 0, Symbol('x')), {
      message: /argument more\[1\] of heavy .* at \$: /,
    });
    await assert.rejects(f(1, { deep: class {} }), {
      message: /argument 1 of heavy .* at \$\.deep: /,
    });
    assert.equal(await f(1), 1);
  }
});

test('a method of an object is refused or warned about, with advice', async () => {
  const memory = fresh();
  class Model {
    scale = 2;
    compute(x) {
      return this.scale * x;
    }
  }
  const model = new Model();
  const bound = model.compute.bind(model);
  assert.throws(() => memory.cache(bound), {
    name: 'TypeError',
    message: /takes the object as an argument/,
  });
  assert.throws(() => memory.cache(bound, { name: 'compute' }), TypeError);
  assert.equal(await memory.cache(bound, { name: 'compute', version: 1 })(2), 4);
  const lines = await linesOf(async () => {
    await memory
      .cache(model.compute)(1)
      .catch(() => {});
  });
  assert.equal(lines.length, 1);
  assert.match(
    lines[0],
    /^warn: joblite: compute is a method and reads this.*call it inside the method$/,
  );
  // As it is meant: a method that calls a cached function.
  const scaled = memory.cache(function scaled(scale, x) {
    return scale * x;
  });
  class Good {
    scale = 3;
    compute(x) {
      return scaled(this.scale, x);
    }
  }
  assert.equal(await new Good().compute(2), 6);
});

test("wrong options are refused in joblib's words", async () => {
  const options = (given) => () => new Memory('x', { backend: 'memory', ...given });
  const size =
    /^Invalid literal for size give: .* \(type string\) should be alike '10G', '500M', '50K'\.$/;
  for (const bytesLimit of ['500', 'fortyfive', '10X', '', 'M', '-1M']) {
    assert.throws(options({ bytesLimit }), { name: 'RangeError', message: size });
    await assert.rejects(fresh().reduceSize({ bytesLimit }), { name: 'RangeError', message: size });
  }
  assert.throws(options({ ageLimit: { seconds: -1 } }), {
    name: 'RangeError',
    message: 'ageLimit has to be a positive timedelta',
  });
  assert.throws(options({ itemsLimit: -1 }), { name: 'RangeError', message: /itemsLimit/ });
  assert.throws(options({ verbose: true }), { name: 'TypeError', message: /verbose/ });
  assert.throws(options({ byteslimit: 1 }), { name: 'TypeError', message: /is not an option/ });
  await assert.rejects(fresh().reduceSize({ bytes: 1 }), TypeError);
  const cache = (given) => () => fresh().cache(() => 1, { name: 'f', ...given });
  await assert.rejects(cache({ mmapMode: 'x' })()(), {
    name: 'RangeError',
    message: /^mode must be one of \['r'/,
  });
  assert.throws(cache({ cacheValidationCallback: true }), {
    name: 'TypeError',
    message: 'cacheValidationCallback needs to be callable. Got true.',
  });
  assert.throws(() => fresh().cache({ cacheValidationCallback: 1 }), TypeError);

  assert.throws(cache({ bytesLimit: 1 }), TypeError);
  await assert.rejects(cache({ compress: 'zlibb' })()(), {
    name: 'RangeError',
    message: /^Non valid compression method given: "zlibb"/,
  });
  await assert.rejects(cache({ compress: 10 })()(), {
    name: 'RangeError',
    message: /^Non valid compress level given: "10"/,
  });
});

test('results are compressed, also where a file is damaged, and mapping is refused for them', async () => {
  const lines = await linesOf(async () => {
    const memory = fresh({ compress: 3, mmapMode: 'r', ramBytesLimit: 0 });
    const data = new Float64Array(10_000);
    for (const compress of [undefined, 'gzip', ['xz', 1], 0]) {
      const { f, runs } = counted(() => ({ data }), { name: `f${compress}`, compress }, memory);
      await f();
      assert.deepEqual((await f()).data, data);
      const result = await f.callAndShelve();
      assert.deepEqual((await result.get()).data, data);
      assert.equal(runs.count, 1);
    }
    const sizes = (await memory.items()).map(({ size }) => size);
    assert.equal(sizes.filter((size) => size < 2000).length, 3);
    assert.equal(sizes.filter((size) => size > 80_000).length, 1);
  });
  assert.deepEqual(lines, ['warn: joblite: Compressed results cannot be memmapped']);
});

test("nothing is printed with verbose 0, and joblib's lines from 1 on", async () => {
  const levels = [0, 1, 2, 5, 10, 11, 20];
  const printed = {};
  const location = 'printed';
  for (const verbose of levels) {
    const memory = new Memory(location, { backend: 'memory' });
    const f = memory.cache(
      function f(x, _y) {
        return x;
      },
      { verbose, version: verbose },
    );
    printed[verbose] = await linesOf(async () => {
      await f(1, 'a');
      await f(1, 'a');
      await f.clear();
      await f.clear({ warn: false });
    });
  }
  const calling = `log: ${'_'.repeat(80)}\n[Memory] Calling f...\nf(1, "a")`;
  const computed = `log: ${'_'.repeat(64)}f - 0.0s, 0.0min`;
  const clearing =
    'warn: [MemorizedFunc(func=f, location=printed)]: Clearing function cache identified by js/f';
  const loading = 'log: [Memory]0.0s, 0.0min    : Loading f...';
  const loaded = `log: ${'_'.repeat(51)}f cache loaded - 0.0s, 0.0min`;
  assert.deepEqual(printed[0], []);
  assert.deepEqual(printed[1], [calling, computed, clearing]);
  assert.deepEqual(printed[2], [calling, computed, loading, clearing]);
  assert.deepEqual(printed[5], [calling, computed, loading, loaded, clearing]);
  const id = /printed\/joblib\/js\/f\/([0-9a-f]{32})$/;
  assert.equal(printed[10].length, 5);
  assert.match(printed[10][2], /^log: \[Memory\]0\.0s, 0\.0min {4}: Loading f from /);
  assert.match(printed[10][2], id);
  assert.equal(printed[11].length, 7);
  assert.match(
    printed[11][0],
    /^warn: \[MemorizedFunc\(func=f, location=printed\)\]: Computing func f, argument hash [0-9a-f]{32} in location printed\/joblib\/js\/f$/,
  );
  assert.match(printed[11][2], /^log: Persisting in printed\//);
  assert.match(
    printed[20][0],
    /Querying f with signature\nf\(1, "a"\)\.\n\n\(argument hash [0-9a-f]{32}\)\n\nThe store location is printed\/joblib\/js\/f\.\n$/,
  );
  assert.equal(printed[20].length, 9);
  const lines = await linesOf(() => new Memory('x', { backend: 'memory', verbose: 1 }).clear());
  assert.deepEqual(lines, ['warn: [Memory(location=x)]: Flushing completely the cache']);
});

test('a changed function is told of with verbose 11, as joblib tells it', async () => {
  const lines = await linesOf(async () => {
    const make = (fn) =>
      new Memory('changed', { backend: 'memory', verbose: 11 }).cache(fn, { name: 'f' });
    await make((x) => x)(1);
    await make((x) => x + 1)(1);
  });
  assert.ok(
    lines.includes(
      'warn: [MemorizedFunc(func=f, location=changed)]: Function f (identified by js/f) has changed.',
    ),
  );
});

test('results go by size, number and age, those used longest ago first', async () => {
  const { f, memory } = counted(
    (n) => new Uint8Array(1000).fill(n),
    {},
    fresh({ ramBytesLimit: 0 }),
  );
  for (let n = 0; n < 10; n++) {
    await f(n);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.deepEqual(await memory.reduceSize(), { items: 0, bytes: 0 });
  assert.deepEqual(await memory.reduceSize({ bytesLimit: '1M' }), { items: 0, bytes: 0 });
  const { items } = await memory.reduceSize({ itemsLimit: 8 });
  assert.equal(items, 2);
  assert.deepEqual([await f.checkCallInCache(1), await f.checkCallInCache(2)], [false, true]);
  await memory.reduceSize({ bytesLimit: '5K' });
  const kept = await memory.items();
  assert.ok(kept.reduce((sum, { size }) => sum + size, 0) <= 5 * 1024);
  assert.ok(kept.length >= 3);
  await memory.reduceSize({ ageLimit: { days: 1 } });
  assert.equal((await memory.items()).length, kept.length);
  await memory.reduceSize({ ageLimit: 0 });
  assert.deepEqual(await memory.items(), []);
});

test('limits are held after results were stored, and before the store is closed', async () => {
  const { f, memory } = counted((n) => n, {}, fresh({ itemsLimit: 3 }));
  await Promise.all(Array.from({ length: 20 }, (_, n) => f(n)));
  while ((await memory.items()).length > 3) await new Promise((resolve) => setTimeout(resolve, 20));
  // What the store let go of, RAM does not give.
  const found = await Promise.all(Array.from({ length: 20 }, (_, n) => f.checkCallInCache(n)));
  assert.equal(found.filter(Boolean).length, 3);
  for (let n = 30; n < 40; n++) await f(n);
  await memory.close();
  assert.equal((await memory.items()).length, 3);
});

test('what is kept is told, with what the platform tells of its storage', async () => {
  const { f, memory } = counted((n) => n);
  await f(1);
  const { items, bytes, persisted } = await memory.estimate();
  assert.equal(items, 1);
  assert.ok(bytes > 10);
  assert.equal(persisted, false);
  assert.equal(await memory.persist(), false);
  assert.deepEqual((await new Memory(null).estimate()).items, 0);
  assert.equal(String(memory), `Memory(location=${memory.location})`);
});
