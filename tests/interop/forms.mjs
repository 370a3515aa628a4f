// What JavaScript has for the values of values.py and arrays.py that have a natural form there: a
// JavaScript expression by the name of the value.

const TYPED = {
  '|i1': ['Int8Array', '[-128, 127, 0, 1, 100, 2, 3]'],
  '|u1': ['Uint8Array', '[0, 255, 0, 1, 100, 2, 3]'],
  i2: ['Int16Array', '[-32768, 32767, 0, 1, 100, 2, 3]'],
  u2: ['Uint16Array', '[0, 65535, 0, 1, 100, 2, 3]'],
  i4: ['Int32Array', '[-2147483648, 2147483647, 0, 1, 100, 2, 3]'],
  u4: ['Uint32Array', '[0, 4294967295, 0, 1, 100, 2, 3]'],
  i8: ['BigInt64Array', '[-(2n ** 63n), 2n ** 63n - 1n, 0n, 1n, 100n, 2n, 3n]'],
  u8: ['BigUint64Array', '[0n, 2n ** 64n - 1n, 0n, 1n, 100n, 2n, 3n]'],
  f4: ['Float32Array', '[0.1, -0, Infinity, -Infinity, NaN, 1.5, -2.25]'],
  f8: ['Float64Array', '[0.1, -0, Infinity, -Infinity, NaN, 1.5, -2.25]'],
};

/** Every order of bytes becomes the machine's. */
const arrays = Object.entries(TYPED).flatMap(([dtype, [Class, items]]) =>
  (dtype.startsWith('|') ? [dtype] : [`<${dtype}`, `>${dtype}`]).flatMap((name) => {
    const six = `${Class}.from(${items}.slice(0, 6))`;
    const inF = `${Class}.from([0, 3, 1, 4, 2, 5], (i) => ${items}[i])`;
    return [
      [`array of ${name}`, `new ${Class}(${items})`],
      [`array of ${name}, 2-D`, `new NDArray({ data: ${six}, shape: [2, 3] })`],
      [`array of ${name}, F order`, `new NDArray({ data: ${inF}, shape: [2, 3], order: 'F' })`],
    ];
  }),
);

const int64 = (...items) => `new BigInt64Array([${items.map((item) => `${item}n`)}])`;
const NAT = -(2n ** 63n);

export const FORMS = {
  ...Object.fromEntries(arrays),
  none: 'null',
  booleans: '[true, false]',
  ints: '[0, 1, -1, 127, 128, 255, 256, -128, -129, 65535, 65536, 2147483647, -2147483648, 2147483648, 9007199254740991]',
  'ints of 64 bits':
    '[2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, 2n ** 64n]',
  'large ints':
    '[2n ** 64n + 1n, -(2n ** 200n), 10n ** 300n, -(10n ** 300n), 2n ** 2040n - 1n, 2n ** 2100n, -(2n ** 2100n)]',
  floats: '[0.5, -0, 1e300, 5e-324, Infinity, -Infinity, NaN, 1, 0.1]',
  strings:
    "['', 'joblib', 'é', '€uro', 'a😀b', '\\ufeffbom', 'new\\nline \\\\ \\\\u0041 \\x1a', 'x'.repeat(300)]",
  'lone surrogates': "['\\ud83d', 'a\\udc00b', '\\ude00\\ud83d']",
  'long string': "'0123456789é'.repeat(8000)",
  bytes:
    "[[], [97, 98, 99], Array.from({ length: 256 }, (_, i) => i), Array(300).fill(120), [...'new\\nline\\'\"\\\\'].map((c) => c.charCodeAt(0))].map((bytes) => new Uint8Array(bytes).buffer)",
  lists: '[[], [1], [1, [2, [3, []]]], Array.from({ length: 1200 }, (_, i) => i)]',
  tuples:
    '[PyTuple.of(), PyTuple.from([1]), PyTuple.of(1, 2), PyTuple.of(1, 2, 3), PyTuple.of(1, 2, 3, 4), PyTuple.of(PyTuple.of(), PyTuple.from([PyTuple.of()])), PyTuple.from({ length: 300 }, (_, i) => i)]',
  dicts:
    "[{}, { a: 1 }, { b: { c: {} }, a: [1] }, Object.fromEntries(Array.from({ length: 1200 }, (_, i) => ['k' + i, i]))]",
  'dict of int keys': 'new Map(Array.from({ length: 300 }, (_, i) => [i, String(i)]))',
  'dict of tuple keys':
    'new Map(Array.from({ length: 20 }, (_, i) => [PyTuple.of(i, String(i)), [i]]))',
  'datetimes in utc':
    "['2020-01-02T03:04:05.678Z', '1904-02-29T00:00:00Z', '1969-12-31T23:59:59.999Z'].map((text) => new Date(text))",
  'shared references':
    "(() => { const inner = { x: [1, 2] }, key = PyTuple.of(1, 't'); return [inner, inner, { again: inner, list: inner.x }, 'shared text', 'shared text', key, key]; })()",
  'cyclic list': '(() => { const value = [1]; value.push(value); return value; })()',
  'cyclic dict':
    "(() => { const value = { name: 'a' }; value.self = value; value.list = [value, { up: value }]; return value; })()",
  'cyclic tuple':
    '(() => { const inner = []; const value = PyTuple.of(inner, 1); inner.push(value); return value; })()',
  'many memo entries':
    "(() => { const texts = Array.from({ length: 700 }, (_, i) => 'text ' + i); return [texts, [...texts].reverse(), Object.fromEntries(texts.slice(0, 300).map((text) => [text, [text]]))]; })()",
  'deep nesting':
    "Array.from({ length: 100 }, (_, i) => i).reduce((value, i) => (i % 2 ? [value] : { down: value }), 'bottom')",
  records:
    "Array.from({ length: 200 }, (_, i) => ({ id: i, name: 'user-' + i, score: i * 1.5, active: i % 2 === 0, tags: ['a', 'b' + (i % 10)] }))",
  'array of str':
    "new NDArray({ data: new Uint32Array([97, 0, 98, 128512, 0, 0]), shape: [3], dtype: '<U2' })",
  'array of str big endian':
    "new NDArray({ data: new Uint32Array([97, 0, 0, 98, 99, 100]), shape: [2], dtype: '<U3' })",
  'array of bytes':
    "new NDArray({ data: new Uint8Array([97, 98, 99, 255, 0, 0]), shape: [3], dtype: '|S2' })",
  'datetime64[ns]': `new NDArray({ data: ${int64(0, -1, 12345, NAT)}, shape: [4], dtype: 'datetime64[ns]' })`,
  'datetime64[D]': `new NDArray({ data: ${int64(0, -1, 12345, NAT)}, shape: [4], dtype: 'datetime64[D]' })`,
  'timedelta64[25s]': `new NDArray({ data: ${int64(0, -1, 12345, NAT)}, shape: [4], dtype: 'timedelta64[25s]' })`,
  'timedelta64 big endian': `new NDArray({ data: ${int64(5, -5)}, shape: [2], dtype: 'timedelta64[ms]' })`,
  'array 0 D': 'new NDArray({ data: new Float64Array([1.5]), shape: [] })',
  'empty array': 'new Float64Array(0)',
  'empty array 0 by 3': 'new NDArray({ data: new Int16Array(0), shape: [0, 3] })',
  'array 3 D':
    'new NDArray({ data: Int16Array.from({ length: 24 }, (_, i) => i), shape: [2, 3, 4] })',
  transposed:
    "new NDArray({ data: new Float64Array([0, 1, 2, 3, 4, 5]), shape: [3, 2], order: 'F' })",
  'every other': 'Float64Array.from({ length: 10 }, (_, i) => 2 * i)',
  reversed: 'new BigInt64Array([4n, 3n, 2n, 1n, 0n])',
  'many small arrays':
    'Array.from({ length: 40 }, (_, n) => Uint8Array.from({ length: n }, (_, i) => i))',
  'arrays among other values':
    "({ a: [new BigInt64Array([0n, 1n, 2n]), PyTuple.of('x', new NDArray({ data: new Float64Array(4), shape: [2, 2] }))], b: { c: new NDArray({ data: new Uint32Array([122]), shape: [1], dtype: '<U1' }) } })",
  'object array 2 D': "new NDArray({ data: [1, 'a', null, [2]], shape: [2, 2] })",
  'object array 0 D': 'new NDArray({ data: [{ a: 1 }], shape: [] })',
  'object array of arrays':
    "new NDArray({ data: [new BigInt64Array([0n, 1n, 2n]), new Float64Array([0, 1]), new NDArray({ data: ['in', null], shape: [2] })], shape: [3] })",
  'scalars of bool': '[true, false]',
  'scalars of ints': '[...Array(8).fill(100), -(2n ** 63n), 2n ** 64n - 1n]',
  'scalars of floats': '[0.1, Math.fround(0.1), 0.0999755859375, NaN, -0]',
};
