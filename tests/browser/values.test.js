// Values in this engine: every kind has its published hash, and comes back from the store as it was.

import { expect } from 'chai';
import * as joblite from 'joblite';
import { difference } from '../fixtures/equal.js';
import { EXPRESSIONS, evaluate } from '../fixtures/examples.js';

const { hash, Memory, registerValueType, UnsupportedError } = joblite;

const rejection = (promise) =>
  promise.then(
    (value) => expect.fail(`resolved to ${value}`),
    (error) => error,
  );

/** What comes back of a value that a cached function returned, from the store and not from memory. */
async function stored(make, name) {
  const location = `values-${Date.now()}-${Math.random()}`;
  const runs = { count: 0 };
  const body = () => {
    runs.count += 1;
    return make();
  };
  await new Memory(location).cache(body, { name })();
  const value = await new Memory(location).cache(body, { name })();
  expect(runs.count).to.equal(1);
  return value;
}

describe('hash', () => {
  let vectors;
  before(async () => {
    ({ vectors } = await (await fetch('/tests/fixtures/hash-vectors.json')).json());
  });

  it("gives joblib's hash in slices, of the value as it was when it was called", async () => {
    const array = Float64Array.from({ length: 2_000_000 }, (_, i) => i);
    const hashes = [hash(array, { hashName: 'md5' }), hash(array, { hashName: 'sha1' })];
    array.fill(0);
    // joblib.hash(np.arange(2000000.0), ...)
    expect(await Promise.all(hashes)).to.deep.equal([
      '5c6089fe5ee25235ce5bbeed8a53fe41',
      'f1e842b3c1e00332d4bff0dac22d55080ea86ae8',
    ]);
  });

  it('gives every published value its hash', async () => {
    expect(vectors.length).to.be.greaterThan(100);
    const wrong = [];
    for (const { name, js, hash: expected } of vectors) {
      const actual = await hash(evaluate(js, joblite));
      if (actual !== expected) wrong.push(`${name}: ${actual} instead of ${expected}`);
    }
    expect(wrong).to.deep.equal([]);
  });

  it('tells apart what differs', async () => {
    const different = [
      0,
      -0,
      1,
      1n,
      true,
      '1',
      [1],
      { 1: 1 },
      new Set([1]),
      new Map([[1, 1]]),
      NaN,
    ];
    different.push(
      null,
      undefined,
      [undefined],
      new Array(1),
      {},
      { a: undefined },
      '\ud800',
      '\ufffd',
    );
    different.push(
      new Int8Array(2),
      new Uint8Array(2),
      new Int16Array(1),
      new Uint8Array(2).buffer,
    );
    const hashes = await Promise.all(different.map((value) => hash(value)));
    expect(new Set(hashes).size).to.equal(different.length);
  });

  it('reads the value at the call', async () => {
    const value = { list: [1, 2] };
    const pending = hash(value);
    value.list.push(3);
    expect(await pending).to.equal(await hash({ list: [1, 2] }));
  });

  it('takes values of the greatest depth, and no deeper ones, in pages and workers alike', async () => {
    const nested = (depth) => {
      let value = [];
      for (let i = 1; i < depth; i++) value = [value];
      return value;
    };
    expect(await hash(nested(1000))).to.match(/^[0-9a-f]{32}$/);
    const error = await rejection(hash(nested(1001)));
    expect(error).to.be.instanceOf(UnsupportedError);
    expect(error.code).to.equal('UNSUPPORTED_VALUE');
  });

  it('says where what it cannot take is', async () => {
    const error = await rejection(hash({ rows: [1, 2, 3, { callback() {} }] }));
    expect(error.message).to.equal('at $.rows[3].callback: functions cannot be stored');
    expect(error.details.path).to.equal('$.rows[3].callback');
    const tangled = Array.from({ length: 40 }, () => []);
    for (const list of tangled) list.push(...tangled);
    expect((await rejection(hash(tangled[0]))).message).to.include('too entangled');
  });
});

describe('values in the store', () => {
  for (const [name, expression] of Object.entries(EXPRESSIONS)) {
    it(`holds ${name}`, async () => {
      const make = () => evaluate(expression, joblite);
      const value = await stored(make, name);
      expect(difference(value, make())).to.equal(undefined);
      expect(await hash(value)).to.equal(await hash(make()));
    });
  }

  it('holds the bytes of a Blob and a File', async () => {
    const file = new File(['abc', new Uint8Array(10_000)], 'a.bin', {
      type: 'x/y',
      lastModified: 5,
    });
    const value = await stored(() => ({ file, blob: new Blob(['é']) }), 'files');
    expect([value.file.name, value.file.type, value.file.lastModified]).to.deep.equal([
      'a.bin',
      'x/y',
      5,
    ]);
    expect(value.file).to.be.instanceOf(File);
    expect(await value.file.slice(0, 3).text()).to.equal('abc');
    expect(value.file.size).to.equal(10_003);
    expect(await value.blob.text()).to.equal('é');
  });

  it('holds instances of a registered class', async () => {
    class Point {
      constructor(x, y) {
        Object.assign(this, { x, y });
      }
    }
    registerValueType(Point, {
      name: 'test.Point',
      toData: ({ x, y }) => [x, y],
      fromData: ([x, y]) => new Point(x, y),
    });
    const point = new Point(1, [2]);
    const value = await stored(() => [point, point], 'points');
    expect(value[0]).to.be.instanceOf(Point).and.to.deep.equal(point);
    expect(value[0]).to.equal(value[1]);
    expect(await hash(point)).to.equal(await hash(new Point(1, [2])));
    expect(await hash(point)).to.not.equal(await hash([1, [2]]));
  });

  it('takes things of another realm for their like', async () => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const foreign = frame.contentWindow.eval(
      '({ list: [1], map: new Map([[1, 2]]), date: new Date(5), bytes: new Uint8Array([1, 2]) })',
    );
    const own = {
      list: [1],
      map: new Map([[1, 2]]),
      date: new Date(5),
      bytes: new Uint8Array([1, 2]),
    };
    expect(await hash(foreign)).to.equal(await hash(own));
    frame.remove();
  });
});
