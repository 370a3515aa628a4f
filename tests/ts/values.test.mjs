// Values under Node: the published hashes by the built package, and what only the inner functions show.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { before, describe, it } from 'node:test';
import vm from 'node:vm';
import { difference } from '../fixtures/equal.js';
import { EXPRESSIONS, evaluate } from '../fixtures/examples.js';
import { concatenate, internals } from '../fixtures/internals.mjs';

const root = resolve(import.meta.dirname, '../..');

describe('hash under Node', () => {
  it('gives every published value its hash', async () => {
    const joblite = await import('../../dist/index.js');
    const file = resolve(root, 'tests/fixtures/hash-vectors.json');
    const { vectors } = JSON.parse(readFileSync(file, 'utf8'));
    const names = vectors.map(({ name }) => name);
    assert.deepEqual(names, Object.keys(EXPRESSIONS), 'make-hash-vectors.mjs has not been run');
    for (const { name, js, hash } of vectors) {
      assert.equal(await joblite.hash(evaluate(js, joblite)), hash, name);
    }
  });
});

describe("joblib's hash under Node", () => {
  // `npm test interop` compares it with joblib's own; this needs no Python.
  it("gives joblib's hashes of a value as it was when it was called", async () => {
    const { hash, PyTuple } = await import('../../dist/index.js');
    const value = [1, { a: PyTuple.of(2.5, null) }, Int32Array.of(0, 1, 2)];
    const hashes = [
      hash(value, { hashName: 'md5', python: '3.13' }),
      hash(value, { hashName: 'md5' }),
      hash(value, { hashName: 'sha1', python: '3.14' }),
    ];
    value.push('later');
    value[2].fill(7);
    assert.deepEqual(await Promise.all(hashes), [
      'a1bab18806a1da163758d8652b7dd6b8',
      'e4693ebb8f50da91ed4120a99a165f01',
      '1c4cee9f45733b5b367aa663474b4d609818df6d',
    ]);
    assert.equal(await hash(value, {}), await hash(value));
  });

  it('refuses other names and versions', async () => {
    const { hash } = await import('../../dist/index.js');
    const refused = (options, message) =>
      assert.rejects(hash(1, options), { name: 'RangeError', message });
    const name = (given) =>
      `Valid options for 'hashName' are ('md5', 'sha1'). Got hashName=${given} instead.`;
    await refused({ hashName: 'sha256' }, name("'sha256'"));
    await refused({ python: '3.14' }, name('undefined'));
    await refused(
      { hashName: 'md5', python: '2.7' },
      "python must be a version such as '3.14', got '2.7'",
    );
  });

  it('ends in an error where sharing would make it endless', async () => {
    const { hash, PyTuple } = await import('../../dist/index.js');
    let key = PyTuple.of(1);
    for (let i = 0; i < 100; i++) key = PyTuple.of(key, key);
    const list = [key];
    assert.equal((await hash(list, { hashName: 'md5' })).length, 32);
    await assert.rejects(hash(new Set([key, 1]), { hashName: 'md5' }), {
      code: 'UNSUPPORTED_VALUE',
    });
    let deep = [];
    for (let i = 0; i < 1200; i++) deep = [deep];
    await assert.rejects(hash(deep, { hashName: 'md5' }), { code: /TOO_LARGE|UNSUPPORTED_VALUE/ });
  });
});

describe('values under Node', () => {
  let values;
  before(async () => {
    values = await internals(root);
  });
  const hash = (value) => values.hashValue(values.engine, value);
  const copy = (value) => values.fromTape(values.toTape(value));
  const file = (value) => values.tapeToPickle(values.engine, values.toTape(value));
  const load = (parts) => values.fromTape(values.pickleToTape(values.engine, parts));

  it('hands large buffers through without a copy', () => {
    const large = new Float64Array(10_000);
    const tape = values.toTape([large, new Uint8Array(3)], { share: true });
    const { parts, nbytes } = values.tapeToPickle(values.engine, tape);
    assert.equal(parts.filter((part) => part === large.buffer).length, 1);
    assert.equal(parts.length, 3);
    assert.equal(concatenate(parts).length, nbytes);
    const [loaded, small] = load(parts);
    assert.equal(loaded.buffer, large.buffer);
    assert.deepEqual(small, new Uint8Array(3));
  });

  it('aligns array data to 16 bytes of the file', () => {
    for (let n = 0; n < 40; n++) {
      const { parts } = file(['x'.repeat(n), new Float64Array(1000)]);
      const at = concatenate(parts.slice(0, 1)).length;
      assert.equal(at % 16, 0);
    }
  });

  it('reads a file however it is cut', () => {
    const value = {
      a: new Float64Array(10_000).fill(1.5),
      b: ['x'.repeat(5000), new Uint8Array(9)],
    };
    const whole = concatenate(file(value).parts);
    for (const size of [100, 1000, 4096, 50_000]) {
      const parts = [];
      for (let at = 0; at < whole.length; at += size) parts.push(whole.subarray(at, at + size));
      parts.splice(1, 0, new Uint8Array(0));
      assert.equal(difference(load(parts), value), undefined, `parts of ${size}`);
    }
  });

  it('says where a damaged file breaks off', () => {
    const whole = concatenate(file(new Float64Array(100)).parts);
    for (const end of [0, 1, 100, whole.length - 600, whole.length - 1]) {
      assert.throws(() => load([whole.subarray(0, end)]), {
        name: 'FormatError',
        code: 'CORRUPT_DATA',
      });
    }
  });

  it('copies what the caller may change', () => {
    const array = new Float64Array([1, 2, 3]);
    const tape = values.toTape({ array });
    array[0] = 9;
    assert.deepEqual(values.fromTape(tape).array, new Float64Array([1, 2, 3]));
  });

  it('stores only the bytes of a view, and shared memory as its copy', () => {
    const { parts, nbytes } = file(new Uint8Array(1e6).subarray(10, 20));
    assert.ok(nbytes < 500);
    assert.deepEqual(load(parts), new Uint8Array(10));
    const shared = new Int32Array(new SharedArrayBuffer(8));
    shared[1] = 5;
    assert.deepEqual(copy(shared), new Int32Array([0, 5]));
    assert.equal(hash(shared), hash(new Int32Array([0, 5])));
    assert.deepEqual(copy(Buffer.from('abc')), new Uint8Array([97, 98, 99]));
    assert.equal(hash(Buffer.from('abc')), hash(new Uint8Array([97, 98, 99])));
  });

  it('reads getters once, also where containers are shared', () => {
    let reads = 0;
    const shared = [];
    const value = {
      shared,
      get x() {
        reads++;
        return shared;
      },
    };
    assert.deepEqual(copy(value), { shared: [], x: [] });
    assert.equal(reads, 1);
    hash(value);
    assert.equal(reads, 2);
  });

  it('walks on after a getter that walks itself', () => {
    const inner = { list: ['a', 'b'], n: [1, 2, 3] };
    const value = {
      first: 'a',
      get walks() {
        return [hash(inner), copy(inner).list.join('')];
      },
      last: ['a', 'b', { first: 'a' }],
    };
    const plain = { first: 'a', walks: [hash(inner), 'ab'], last: ['a', 'b', { first: 'a' }] };
    assert.deepEqual(copy(value), plain);
    assert.equal(hash(value), hash(plain));
  });

  it('knows an object that changes while it is read', () => {
    const value = {
      get a() {
        delete this.b;
        return 1;
      },
      b: 2,
    };
    assert.throws(() => values.toTape(value), { code: 'UNSUPPORTED_VALUE' });
  });

  it('takes things of another realm for their like, and instances of classes for nothing', () => {
    const foreign = vm.runInNewContext(
      '({ list: [1, [2]], map: new Map([[1, {}]]), set: new Set([1]), date: new Date(5), bytes: new Uint8Array([1]).buffer, f: new Float32Array(2) })',
    );
    const own = {
      list: [1, [2]],
      map: new Map([[1, {}]]),
      set: new Set([1]),
      date: new Date(5),
      bytes: new Uint8Array([1]).buffer,
      f: new Float32Array(2),
    };
    assert.equal(difference(copy(foreign), own), undefined);
    assert.equal(hash(foreign), hash(own));
    class Like extends Map {}
    for (const bad of [
      new Like(),
      new (class A {})(),
      () => 1,
      Symbol('s'),
      new WeakMap(),
      Promise.resolve(),
    ]) {
      assert.throws(() => values.toTape({ bad }), {
        code: 'UNSUPPORTED_VALUE',
        message: /^at \$\.bad: /,
      });
      assert.throws(() => hash({ bad }), { code: 'UNSUPPORTED_VALUE', message: /^at \$\.bad: / });
    }
  });

  it('refuses containers with properties of their own, which would be lost', () => {
    const long = (item, n) => Array.from({ length: n }, () => item);
    const holes = [1, 2, 3];
    delete holes[1];
    for (const [what, value] of [
      ['arrays', []],
      ['arrays', [1, 'a', null]],
      ['arrays', holes],
      ['arrays', long(1.5, 50)],
      ['arrays', long({}, 50)],
      ['arrays', long('a', 5000)],
      ['arrays', new values.PyTuple(3).fill(1)],
      ['Maps', new Map([[1, 2]])],
      ['Sets', new Set([1])],
      ['Dates', new Date(0)],
      ['RegExps', /a/],
      ['ArrayBuffers', new ArrayBuffer(3)],
      ['DataViews', new DataView(new ArrayBuffer(3))],
    ]) {
      const of = (inner) => ({ rows: [inner] });
      assert.equal(hash(of(value)).length, 32);
      values.toTape(of(value));
      Object.defineProperty(value, 'hidden', { value: 1, configurable: true });
      assert.equal(hash(of(value)).length, 32, 'what is not enumerable does not count');
      value.extra = 1;
      const refusal = {
        code: 'UNSUPPORTED_VALUE',
        message: new RegExp(
          `^at \\$\\.rows\\[0\\]: ${what} with properties of their own \\(extra\\) cannot`,
        ),
      };
      assert.throws(() => hash(of(value)), refusal);
      assert.throws(() => values.toTape(of(value)), refusal);
    }
    assert.throws(() => hash('b'.match(/b/)), {
      message: /^at \$: arrays .*\(index, input, groups\)/,
    });
    const data = Object.assign([1, 2], { extra: 1 });
    assert.throws(() => hash(new values.NDArray({ data, shape: [2] })), { message: /extra/ });
    assert.throws(() => values.toTape(new values.NDArray({ data, shape: [2] })), {
      message: /extra/,
    });
  });

  it('spells a dtype in one way, so that equal arrays have one hash', () => {
    const data = new Uint8Array(80);
    const make = (dtype, itemsize) =>
      new values.NDArray({ data, shape: [80 / itemsize, 1], dtype });
    for (const [dtype, itemsize, ...spellings] of [
      ['<U1', 4, 'U1', '=U1', '|U1', '<U01'],
      ['>U1', 4],
      ['|S5', 5, 'S5', '<S5', '>S5', '=S5'],
      ['|V2', 2, 'V2', '>V2'],
      ['float64', 8, 'f8', '=f8', '<f8', '|f8'],
      ['>f8', 8],
      ['int8', 1, 'i1', '<i1', '>i1', '|i1'],
      ['bool', 1, 'b1', '>b1', '|b1'],
      ['datetime64[ns]', 8, 'M8[ns]', '=M8[1ns]', 'datetime64[1ns]'],
      ['timedelta64', 8, 'm8', '<m8[generic]', 'timedelta64[generic]'],
      ['>M8[25s]', 8],
      ['<f16', 16, 'f16'],
      [
        [
          ['a', 'int32'],
          ['', '|V4'],
          ['b', '<U1', [2]],
        ],
        16,
        [
          ['a', '=i4', []],
          ['', 'V1'],
          ['', 'S3'],
          ['b', 'U1', [2]],
          ['', 'V0'],
        ],
      ],
    ]) {
      const expected = make(dtype, itemsize);
      assert.deepEqual(expected.dtype, dtype);
      for (const spelling of spellings) {
        const array = make(spelling, itemsize);
        assert.deepEqual(array.dtype, dtype, String(spelling));
        assert.equal(hash(array), hash(expected), String(spelling));
      }
      if (String(dtype)[0] !== '>')
        assert.equal(hash(load(file(expected).parts)), hash(expected), String(dtype));
    }
    assert.equal(new values.NDArray({ data: [1], shape: [1], dtype: 'O' }).dtype, 'object');
    for (const dtype of ['<f3', 'f', 'f8[ns]', 'M8[x]', 'i16', 'x', '<float64', 'object', 'O'])
      assert.throws(() => make(dtype, 8), TypeError, dtype);
    const zero = (n) => hash(new values.NDArray({ data: new Uint8Array(0), shape: [n, 1] }));
    assert.equal(zero(-0), zero(0));
  });

  it('copies every example without the engine, and through files of every protocol', async () => {
    for (const [name, expression] of Object.entries(EXPRESSIONS)) {
      const value = evaluate(expression, values);
      const tape = await values.readBlobs(values.toTape(value));
      const expected = await hash(value);
      assert.equal(await hash(values.fromTape(tape)), expected, name);
      for (const protocol of [2, 3, 4, 5]) {
        const { parts, nbytes } = values.tapeToPickle(values.engine, tape, { protocol });
        assert.equal(concatenate(parts).length, nbytes, `${name}, protocol ${protocol}`);
        assert.equal(await hash(load(parts)), expected, `${name}, protocol ${protocol}`);
      }
    }
  });

  it('keeps order, alignment and titles of arrays, in every protocol', () => {
    const { NDArray } = values;
    const fields = [
      [['title', 'a'], 'uint8'],
      ['', '|V7'],
      ['b', 'float64'],
      ['c', 'int16', [4]],
    ];
    const aligned = { fields, alignment: 8 };
    const data = () => Uint8Array.from({ length: 48 }, (_, i) => i);
    const objects = [1, 'b', [3], null, 5, { f: 6 }];
    const arrays = [
      new NDArray({ data: data(), shape: [2], dtype: aligned }),
      new NDArray({ data: data(), shape: [2], dtype: fields }),
      new NDArray({ data: data(), shape: [2], dtype: [['inner', aligned]] }),
      new NDArray({ data: objects, shape: [2, 3], order: 'F' }),
      new NDArray({ data: objects, shape: [1, 3, 2], order: 'F' }),
      new NDArray({
        data: [[1, []]],
        shape: [1],
        dtype: [
          [['t', 'a'], 'int8'],
          ['b', 'object'],
        ],
      }),
    ];
    const hashes = arrays.map(hash);
    assert.equal(new Set(hashes).size, arrays.length);
    for (const [i, array] of arrays.entries()) {
      assert.equal(difference(copy(array), array), undefined);
      for (const protocol of [2, 3, 4, 5]) {
        const { parts } = values.tapeToPickle(values.engine, values.toTape(array), { protocol });
        const again = load(parts);
        assert.equal(difference(again, array), undefined, `array ${i}, protocol ${protocol}`);
        assert.equal(hash(again), hashes[i]);
      }
    }
    const inC = new NDArray({ data: [1, [3], 5, 'b', null, { f: 6 }], shape: [2, 3] });
    assert.equal(hash(inC), hashes[3], 'the elements are the same, in another order of memory');
    assert.throws(
      () => new NDArray({ data: data(), shape: [2], dtype: { fields, alignment: 0 } }),
      RangeError,
    );
  });

  it('takes records as aligned only where the engine does', () => {
    const { NDArray } = values;
    const make = (fields, nbytes, alignment = 8) =>
      new NDArray({ data: new Uint8Array(nbytes), shape: [1], dtype: { fields, alignment } });
    const inner = { fields: [['x', 'float64']], alignment: 8 };
    for (const [fields, nbytes] of [
      [
        [
          ['a', 'uint8'],
          ['b', 'float64'],
        ],
        9,
      ],
      [
        [
          ['a', 'float64'],
          ['b', 'uint8'],
        ],
        9,
      ],
      [
        [
          ['a', 'uint8'],
          ['', '|V1'],
          ['b', '<U1'],
        ],
        6,
      ],
      [
        [
          ['a', 'int32'],
          ['b', 'complex128'],
        ],
        20,
      ],
      [
        [
          ['a', 'uint8', [4]],
          ['inner', inner],
        ],
        12,
      ],
    ]) {
      const wrong = { name: 'TypeError', message: /^dtype must be one that NumPy has, got / };
      assert.throws(() => make(fields, nbytes), wrong, JSON.stringify(fields));
      const nested = [['nested', { fields, alignment: 8 }]];
      assert.throws(
        () => new NDArray({ data: new Uint8Array(nbytes), shape: [1], dtype: nested }),
        wrong,
      );
      // Packed they are a dtype.
      new NDArray({ data: new Uint8Array(nbytes), shape: [1], dtype: fields });
    }
    const objects = [
      ['a', 'uint8'],
      ['b', 'object'],
    ];
    assert.throws(
      () => new NDArray({ data: [[1, 2]], shape: [1], dtype: { fields: objects, alignment: 8 } }),
      TypeError,
    );
    for (const array of [
      make(
        [
          ['a', 'uint8', [4]],
          ['', '|V4'],
          ['inner', inner],
        ],
        16,
      ),
      make(
        [
          ['a', 'uint8'],
          ['packed', [['x', 'float64']]],
        ],
        9,
        1,
      ),
      make(
        [
          ['c', '>c8'],
          ['u', '<U1'],
          ['s', '|S3'],
          ['', '|V1'],
        ],
        16,
        4,
      ),
      make(
        [
          ['t', 'datetime64[s]'],
          ['n', 'float16'],
          ['', '|V6'],
        ],
        16,
      ),
    ]) {
      assert.equal(difference(copy(array), array), undefined, JSON.stringify(array.dtype));
      const { parts } = values.tapeToPickle(values.engine, values.toTape(array), { protocol: 5 });
      assert.equal(difference(load(parts), array), undefined, JSON.stringify(array.dtype));
    }
  });

  it('refuses to write text that the engine has no room for', () => {
    const text = 'x'.repeat(60_000);
    const value = Array(9000).fill(text);
    assert.throws(() => file(value), { code: 'TOO_LARGE' });
    assert.deepEqual(load(file(['after']).parts), ['after']);
  });

  it('keeps datetimes and frozensets as what they are', () => {
    const { PyDateTime, PyFrozenSet, PyObject } = values;
    const east = new PyObject({
      module: 'datetime',
      name: 'timezone',
      args: [new PyObject({ module: 'datetime', name: 'timedelta', args: [0, 3600, 7] })],
    });
    const value = [
      new PyDateTime(Date.UTC(2020, 0, 2), { microsecond: 999, tzinfo: east }),
      new PyDateTime('0099-02-28T23:59:59.999Z', { fold: 1 }),
      new PyFrozenSet([1, 'a']),
    ];
    for (const again of [copy(value), load(file(value).parts)]) {
      assert.equal(difference(again, value), undefined);
      assert.ok(again[0] instanceof Date && again[2] instanceof Set);
    }
    for (const time of [Number.NaN, Date.UTC(20000, 0)]) {
      const refusal = { code: 'UNSUPPORTED_VALUE', message: /Python has no such datetime/ };
      assert.throws(() => file([new PyDateTime(time)]), refusal);
      assert.throws(() => hash([new PyDateTime(time)]), refusal);
    }
  });

  it('refuses classes that are not known, if that is asked for', () => {
    const { parts } = file([new values.PyObject({ module: 'os', name: 'system', args: ['ls'] })]);
    assert.throws(() => values.pickleToTape(values.engine, parts, { strict: true }), {
      code: 'UNSUPPORTED_GLOBAL',
      message: /os\.system/,
    });
    const known = file(new values.PyFrozenSet([1n, 'a'])).parts;
    values.pickleToTape(values.engine, known, { strict: true });
  });

  it('keeps what looks like a note apart from notes', () => {
    const value = ['joblite:Map', 'joblite:undefined', { 'joblite:hole': new String('joblite:x') }];
    assert.equal(difference(load(file(value).parts), value), undefined);
  });

  it('hashes shared containers in linear time and equal to copies', () => {
    let shared = Array.from({ length: 2000 }, (_, i) => `item ${i}`);
    for (let i = 0; i < 1000; i++) shared = i % 100 === 0 ? [shared, shared] : [shared, shared, i];
    assert.match(hash(shared.flat()), /^[0-9a-f]{32}$/);
    const rows = Array.from({ length: 2000 }, (_, i) => ({ i, name: `row ${i}` }));
    assert.equal(
      hash([rows, { rows }]),
      hash(structuredClone([rows]).concat({ rows: structuredClone(rows) })),
    );
  });

  it('hashes shared Maps, Sets and arrays of objects in linear time and equal to copies', () => {
    const { NDArray, PyTuple } = values;
    const kinds = {
      Map: (a, b) =>
        new Map([
          ['a', a],
          ['b', b],
        ]),
      'Map of keys': (a, b) =>
        new Map([
          [[a], 1],
          [[b], 2],
        ]),
      Set: (a, b) => new Set([[a], [b]]),
      NDArray: (a, b) => new NDArray({ data: [a, b], shape: [2] }),
      'Map in others': (a, b) => PyTuple.of({ a: new Map([[1, [a]]]) }, new Set([b])),
    };
    for (const [name, make] of Object.entries(kinds)) {
      let shared = make(1, 2);
      let copies = () => make(1, 2);
      for (let level = 0; level < 8; level++) {
        shared = make(shared, shared);
        const of = copies;
        copies = () => make(of(), of());
      }
      assert.equal(hash(shared), hash(copies()), name);
      assert.equal(hash(copy(shared)), hash(shared), name);
      // Walked once a level; 2 ** 200 times would not end.
      for (let level = 0; level < 200; level++) shared = make(shared, shared);
      assert.match(hash(shared), /^[0-9a-f]{32}$/, name);
    }
  });

  it('hashes an array of objects that is its own element', () => {
    const data = [null, 1];
    const array = new values.NDArray({ data, shape: [2] });
    data[0] = array;
    assert.match(hash(array), /^[0-9a-f]{32}$/);
    assert.equal(hash(copy(array)), hash(array));
  });

  it('hashes a long array as the same in pieces and at once', () => {
    // Crosses the border at which bytes are handed over in the middle of containers.
    for (const n of [12_000, 14_000, 100_000]) {
      const list = Array.from({ length: n }, (_, i) => i);
      const inside = { list, more: [list.slice(0, 300), 'x'.repeat(70_000)] };
      assert.equal(hash(inside), hash({ more: structuredClone(inside.more), list: [...list] }));
    }
  });
});
