// Memory in a page: what is computed, what is kept, and what a caller is told.

import { expect } from 'chai';
import { hash, init, Memory } from 'joblite';

let count = 0;
/** A location of its own for each test: the database outlives the page. */
const fresh = () => `test-${Date.now()}-${count++}`;

/** A cached function, and how often its body ran. */
function counted(body, options = { name: 'counted' }, memory = new Memory(fresh())) {
  const runs = { count: 0 };
  const f = memory.cache((...args) => {
    runs.count += 1;
    return body(...args);
  }, options);
  return { f, runs, memory };
}

/** Runs `act` and gives what was written to the console as warnings meanwhile. */
async function warningsOf(act) {
  const original = console.warn;
  const lines = [];
  console.warn = (...words) => lines.push(words.join(' '));
  try {
    await act();
  } finally {
    console.warn = original;
  }
  return lines;
}

const rejection = (promise) =>
  promise.then(
    (value) => expect.fail(`resolved to ${value}`),
    (error) => error,
  );

describe('memory.cache', () => {
  it('computes once for equal arguments and again for others', async () => {
    const { f, runs } = counted((a, b) => a + b);
    expect(await f(1, 2)).to.equal(3);
    expect(await f(1, 2)).to.equal(3);
    expect(await f(2, 2)).to.equal(4);
    expect(runs.count).to.equal(2);
    expect(f.func(5, 5)).to.equal(10);
  });

  it('takes equal content for equal, whatever its identity', async () => {
    const { f, runs } = counted((value) => value.rows.length);
    await f({ rows: [1, 2], by: new Map([['a', 1]]), at: new Float64Array([1, 2]) });
    await f({ at: new Float64Array([1, 2]), by: new Map([['a', 1]]), rows: [1, 2] });
    await f({ rows: [1, 2], by: new Map([['a', 1]]), at: new Float32Array([1, 2]) });
    expect(runs.count).to.equal(2);
  });

  it('gives back every kind of value that it holds', async () => {
    const value = {
      none: null,
      text: 'über',
      numbers: [0, -0, 1.5, Number.NaN, 2 ** 40, 10n ** 30n],
      date: new Date(86_400_000),
      map: new Map([[1, new Set(['a'])]]),
      array: new Float64Array([1, 2, 3]),
      bytes: new Uint8Array([1, 2]).buffer,
      missing: undefined,
    };
    const { f, runs } = counted(() => value);
    await f();
    const kept = await f();
    expect(kept).to.deep.equal(value);
    expect(kept).not.to.equal(value);
    expect(runs.count).to.equal(1);
  });

  it('keeps large arrays, and what a caller does to a result changes nothing', async () => {
    const { f, runs } = counted((n) => ({ data: new Float64Array(n).fill(1), list: [1] }));
    for (let turn = 0; turn < 3; turn++) {
      const result = await f(300_000);
      expect(result.data.every((x) => x === 1)).to.equal(true);
      expect(result.list).to.deep.equal([1]);
      result.data.fill(7);
      result.list.push(2);
    }
    expect(runs.count).to.equal(1);
  });

  it('reads arguments when the call is made', async () => {
    const { f, runs } = counted(async (options, data) => options.n + data[0]);
    const options = { n: 1 };
    const data = new Float64Array([10]);
    const first = f(options, data);
    options.n = 2;
    data[0] = 20;
    const second = f(options, data);
    options.n = 3;
    data[0] = 30;
    expect(await Promise.all([first, second])).to.deep.equal([11, 22]);
    expect(await f({ n: 1 }, new Float64Array([10]))).to.equal(11);
    expect(await f({ n: 2 }, new Float64Array([20]))).to.equal(22);
    expect(runs.count).to.equal(2);
  });

  it('computes once for calls at the same time, and gives each its own result', async () => {
    let finish;
    const { f, runs } = counted((x) => new Promise((resolve) => (finish = () => resolve([x]))));
    const calls = [f(1), f(1), f(1)];
    while (!finish) await new Promise((next) => setTimeout(next, 1));
    finish();
    const results = await Promise.all(calls);
    results[0].push('changed');
    expect(results.slice(1)).to.deep.equal([[1], [1]]);
    expect(results[1]).not.to.equal(results[2]);
    expect(runs.count).to.equal(1);
  });

  it('keeps a thousand results of one turn', async () => {
    const { f, runs } = counted((x) => x * 2);
    const all = () => Promise.all(Array.from({ length: 1000 }, (_, x) => f(x)));
    const doubled = Array.from({ length: 1000 }, (_, x) => x * 2);
    expect(await all()).to.deep.equal(doubled);
    expect(await all()).to.deep.equal(doubled);
    expect(runs.count).to.equal(1000);
  });

  it('rejects everyone who waits for a failure, and does not keep it', async () => {
    let fail = true;
    const { f, runs } = counted(async () => {
      await 0;
      if (fail) throw new RangeError('not today');
      return 'fine';
    });
    const errors = await Promise.all([rejection(f()), rejection(f())]);
    expect(errors[0]).to.be.instanceOf(RangeError);
    expect(errors[1]).to.equal(errors[0]);
    fail = false;
    expect(await f()).to.equal('fine');
    expect(runs.count).to.equal(2);
  });

  it('gives a result that cannot be stored, with one warning', async () => {
    const { f, runs } = counted(() => ({ callback: () => 1 }), { name: fresh() });
    const warnings = await warningsOf(async () => {
      expect((await f()).callback()).to.equal(1);
      expect((await f()).callback()).to.equal(1);
    });
    expect(runs.count).to.equal(2);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/cannot be stored.*\$\.callback/);
  });

  for (const backend of ['indexeddb', 'memory']) {
    it(`gives a result that its function transfers away, with one warning (${backend})`, async () => {
      const memory = new Memory(fresh(), { backend });
      const { f } = counted(
        (microtasks) => {
          const data = new Float64Array(2000);
          const transfer = async () => {
            for (let i = 0; i < microtasks; i++) await null;
            structuredClone(data, { transfer: [data.buffer] });
          };
          transfer();
          return { data };
        },
        { name: fresh() },
        memory,
      );
      const warnings = await warningsOf(async () => {
        for (let microtasks = 0; microtasks < 12; microtasks++) {
          const [first, joined] = await Promise.all([f(microtasks), f(microtasks)]);
          expect(first.data).to.be.instanceOf(Float64Array);
          expect(joined.data).to.be.instanceOf(Float64Array);
        }
      });
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(/cannot be stored/);
      const { f: g, runs } = counted(() => new Float64Array(2000).fill(1), { name: 'g' }, memory);
      await g();
      expect((await g())[1999]).to.equal(1);
      expect(runs.count).to.equal(1);
    });
  }

  it('refuses arguments that cannot be told apart, with their path', async () => {
    const { f } = counted(() => 1);
    const error = await rejection(f(1, { on: () => 2 }));
    expect(error.code).to.equal('UNSUPPORTED_VALUE');
    expect(error.details.path).to.contain('on');
  });

  it('shares results between two Memories of one location, and not between functions', async () => {
    const location = fresh();
    const body = (x) => x;
    const first = new Memory(location).cache(body, { name: 'f' });
    let runs = 0;
    await first(1);
    const second = new Memory(location);
    expect(await second.cache(body, { name: 'f' }).checkCallInCache(1)).to.equal(true);
    const other = second.cache(
      (x) => {
        runs += 1;
        return x;
      },
      { name: 'g' },
    );
    await other(1);
    expect(runs).to.equal(1);
  });

  it('keeps results of other sources and versions apart, and says once that a source changed', async () => {
    const location = fresh();
    const make = (fn, options) => new Memory(location).cache(fn, { name: 'f', ...options });
    const warnings = await warningsOf(async () => {
      expect(await make((x) => x + 1)(1)).to.equal(2);
      expect(await make((x) => x + 2)(1)).to.equal(3);
      expect(await make((x) => x + 2, { version: 2 }).checkCallInCache(1)).to.equal(false);
      expect(await make((x) => x + 1).checkCallInCache(1)).to.equal(true);
    });
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain('function f has changed');
  });

  it('ignores arguments by position, by name and by path', async () => {
    const runs = [];
    const memory = new Memory(fresh());
    const f = memory.cache(
      function f(data, options = { a: [1, 2] }, ...rest) {
        runs.push([data, options, ...rest]);
        return data;
      },
      { ignore: ['options.verbose', 'rest'] },
    );
    await f(1, { n: 1, verbose: true }, 'x');
    await f(1, { verbose: false, n: 1 });
    await f(1, { n: 2 });
    expect(runs).to.deep.equal([
      [1, { n: 1, verbose: true }, 'x'],
      [1, { n: 2 }],
    ]);
    const { f: g, runs: count } = counted((a) => a, { name: 'g', ignore: [1] });
    await g(1, 2, 3);
    await g(1, 9, 3);
    expect(count.count).to.equal(1);
    expect(() => memory.cache((a) => a, { name: 'h', ignore: ['b'] })).to.throw(
      TypeError,
      "Ignore list: argument 'b' is not defined for function h",
    );
  });

  it('takes ignored arguments that cannot be held', async () => {
    let runs = 0;
    const f = new Memory(fresh()).cache(
      function f(data, options) {
        runs += 1;
        return [data, options.signal.aborted];
      },
      { ignore: ['options.signal'] },
    );
    const { signal } = new AbortController();
    expect(await f([1], { signal })).to.deep.equal([[1], false]);
    expect(await f([1], { signal: AbortSignal.abort() })).to.deep.equal([[1], false]);
    expect(runs).to.equal(1);
    const error = await f([() => 1], { signal }).catch((error) => error);
    expect(error.code).to.equal('UNSUPPORTED_VALUE');
  });

  it('refuses a function that could not be found again, with advice', () => {
    const memory = new Memory(null);
    expect(() =>
      memory.cache(
        (
          () => () =>
            1
        )(),
      ),
    ).to.throw(TypeError, "{ name: 'heavy' }");
    expect(() => memory.cache(Math.max.bind(null))).to.throw(TypeError, 'bound max');
    expect(() => memory.cache(3)).to.throw(TypeError, 'expected a function');
  });

  it('refuses wrong options', () => {
    expect(() => new Memory('x', { byteslimit: 1 })).to.throw(TypeError, 'is not an option');
    expect(() => new Memory('')).to.throw(RangeError, 'location');
    expect(() => new Memory(3)).to.throw(TypeError, 'location');
    expect(() => init({ debug: true })).to.throw(TypeError, 'debug');
  });

  it('keeps nothing without a location', async () => {
    const { f, runs, memory } = counted((x) => x, { name: 'f' }, new Memory(null));
    await f(1);
    expect(await f(1)).to.equal(1);
    expect(runs.count).to.equal(2);
    expect(await memory.items()).to.deep.equal([]);
    expect(await f.checkCallInCache(1)).to.equal(false);
    await f.clear();
    await memory.clear();
    await memory.close();
  });

  it('keeps results for the life of the page with the memory backend', async () => {
    const memory = new Memory(fresh(), { backend: 'memory' });
    const { f, runs } = counted((x) => [x], { name: 'f' }, memory);
    (await f(1)).push(2);
    expect(await f(1)).to.deep.equal([1]);
    await memory.close();
    expect(await f(1)).to.deep.equal([1]);
    expect(runs.count).to.equal(1);
  });
});

describe('what a Memory holds', () => {
  it('lists results with size, time, duration and arguments', async () => {
    const memory = new Memory(fresh());
    const before = Date.now();
    const f = memory.cache(
      async (n, { scale }) => {
        await new Promise((next) => setTimeout(next, 20));
        return new Float64Array(n).fill(scale);
      },
      { name: 'scaled/up' },
    );
    await f(1000, { scale: 2 });
    await f(10, { scale: 2 });
    const items = await memory.items({ metadata: true });
    expect(items).to.have.length(2);
    const large = items.find(({ size }) => size > 8000);
    expect(large.funcId).to.equal('js/scaled%2Fup');
    expect(large.argsId).to.match(/^[0-9a-f]{32}$/);
    expect(large.path).to.equal(`${memory.location}/joblib/${large.funcId}/${large.argsId}`);
    expect(large.lastAccess.getTime()).to.be.at.least(before);
    expect(large.metadata.duration).to.be.greaterThan(0.015);
    expect(large.metadata.time.getTime()).to.be.within(before - 1, Date.now());
    expect(large.metadata.inputArgs).to.deep.equal({ n: '1000', 1: '{scale: 2}' });
    expect((await memory.items())[0]).not.to.have.property('metadata');
  });

  it('is forgotten by function and as a whole', async () => {
    const memory = new Memory(fresh());
    const { f, runs } = counted((x) => x, { name: 'f' }, memory);
    const { f: g } = counted((x) => x, { name: 'f2' }, memory);
    await Promise.all([f(1), f(2), g(1)]);
    await f.clear();
    expect((await memory.items()).map(({ funcId }) => funcId)).to.deep.equal(['js/f2']);
    expect(await f.checkCallInCache(1)).to.equal(false);
    await f(1);
    expect(runs.count).to.equal(3);
    await memory.clear();
    expect(await memory.items()).to.deep.equal([]);
    expect(await f(1)).to.equal(1);
    expect(await memory.items()).to.have.length(1);
  });

  it('stays usable after close', async () => {
    const { f, runs, memory } = counted((x) => x);
    await f(1);
    await memory.close();
    expect(await f(1)).to.equal(1);
    expect(runs.count).to.equal(1);
  });
});

/** Puts `value` in the database where the file at `path` lies, behind the store's back. */
async function damage(path, value) {
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open('joblite-1');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const transaction = database.transaction('data', 'readwrite');
  transaction.objectStore('data').put(value, path);
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  database.close();
}

describe('a damaged entry', () => {
  it('is computed again and replaced, with a warning', async () => {
    const unheld = new Memory(fresh(), { ramBytesLimit: 0 });
    const body = (x) => ({ x, data: new Float64Array(2000) });
    const { f, runs, memory } = counted(body, { name: 'counted' }, unheld);
    await f(1);
    const [{ path }] = await memory.items();
    const damages = [
      [new Uint8Array([0x80, 5, 0x95, 1, 2])],
      [],
      [new TextEncoder().encode('no pickle')],
      'no parts',
      { lengths: [9] },
    ];
    for (const [i, value] of damages.entries()) {
      await damage(`${path}/output.pkl`, value);
      const warnings = await warningsOf(async () => expect((await f(1)).x).to.equal(1));
      expect(warnings, `damage ${i}`).to.have.length(1);
      expect(warnings[0]).to.match(
        /Exception while loading results for counted\(1\): .*is damaged/,
      );
      expect(runs.count).to.equal(i + 2);
      expect((await f(1)).x).to.equal(1);
      expect(runs.count).to.equal(i + 2);
    }
  });

  it('of the source of a function is written anew, and costs no result', async () => {
    const { f, memory } = counted((x) => x);
    await f(1);
    const [{ path }] = await memory.items();
    const file = `${path.slice(0, path.lastIndexOf('/'))}/func_code.py`;
    for (const [i, value] of ['no parts', { lengths: [9] }].entries()) {
      await damage(file, value);
      // Another Memory, as after a reload, has not read the file yet.
      const { f, runs } = counted((x) => x, { name: 'counted' }, new Memory(memory.location));
      const warnings = await warningsOf(async () => {
        expect(await f(10 + i)).to.equal(10 + i);
        expect(await f(10 + i)).to.equal(10 + i);
      });
      expect(warnings).to.deep.equal([]);
      expect(runs.count).to.equal(1);
    }
  });
});

describe('the key of a call', () => {
  it('is a hash, also of Blobs', async () => {
    const { f, runs } = counted((blob) => blob.size);
    await f(new Blob(['abc']));
    await f(new Blob(['abc']));
    await f(new Blob(['abd']));
    expect(runs.count).to.equal(2);
    expect(await hash(1)).to.match(/^[0-9a-f]{32}$/);
  });
});
