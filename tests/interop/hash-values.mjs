// Values for both languages: random ones as descriptions in JSON, others as a pair of expressions.

/** Numbers in [0, 1) that are the same in each run: mulberry32. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const DTYPES = [
  ...['|b1', '|i1', '|u1', '<i2', '<u2', '<i4', '<u4', '<i8', '<u8', '<f2', '<f4', '<f8'],
  ...['<c8', '<c16', '>i2', '>u4', '>f8', '>c16', '|S1', '|S7', '<U1', '<U3', '>U2', '|V5'],
  ...['<M8[ns]', '<M8[D]', '<m8[25s]', '>M8[us]', '<M8[ms]', '<m8'],
  [
    ['a', '<i4'],
    ['b', '<f4', [2]],
    ['c', '<i4'],
    ['d', '<M8[s]'],
    ['e', '<U3'],
    ['f', '<U3'],
  ],
  [
    ['x', '<f4'],
    [
      'pos',
      [
        ['x', '<f8'],
        ['pos', '<i2', [2, 3]],
        ['<', '|V3'],
        ['|', '|V3'],
      ],
    ],
    ['ünï', '>f4', [2, 1, 2, 2]],
  ],
  [['only', '|u1']],
  [
    ['a', '|u1'],
    ['', '|V7'],
    ['b', '<f8'],
  ],
  [
    ['n', [['s', [['a b', '|S3', [1]]], [2]]]],
    ['s', '<U1', [3]],
  ],
];

const STRINGS = [
  '',
  'a',
  'b',
  'joblib',
  'é',
  '😀',
  '\ud83d',
  '\uffff',
  'x'.repeat(300),
  'a\nb',
  '1',
];
const INTS = ['0', '1', '-1', '255', '256', '65535', '65536', '-32769', '2147483647', '-2147483648']
  .concat(['2147483648', '-2147483649', '9007199254740991', '9007199254740993'])
  .concat(['-9223372036854775808', '18446744073709551616', `-${2n ** 200n}`, `${2n ** 2100n}`]);
const FLOATS = [0.1, -0.5, 1e300, -0, Infinity, -Infinity, 2 ** 53, -1e22, 5e-324];

const sizeOf = (dtype) => {
  if (typeof dtype === 'string') {
    const size = Number(dtype.match(/\d+/)[0]);
    return dtype[1] === 'U' ? 4 * size : size;
  }
  return dtype.reduce(
    (sum, [, inner, shape = []]) => sum + shape.reduce((a, b) => a * b, sizeOf(inner)),
    0,
  );
};

/** A description of a random value; see `build` in hash.py, which counts containers as this does. */
function describeValue(next) {
  const below = (n) => Math.floor(next() * n);
  const pick = (list) => list[below(list.length)];
  const hex = (n) =>
    Array.from({ length: n }, () => below(256).toString(16).padStart(2, '0')).join('');
  /** Containers so far. A list or dictionary counts when it begins, any other when it ends. */
  let known = 0;
  const ended = (description) => {
    known++;
    return description;
  };
  const scalars = {
    none: () => ['none'],
    bool: () => ['bool', next() < 0.5],
    int: () => ['int', next() < 0.5 ? String(below(2000) - 1000) : pick(INTS)],
    float: () => ['float', floatHex(next() < 0.5 ? pick(FLOATS) : next() * 1e6 + 0.125)],
    str: () => ['str', next() < 0.5 ? `k${below(1000)}` : pick(STRINGS)],
    bytes: () => ['bytes', hex(pick([0, 1, 5, 300]))],
  };
  const scalar = (kinds = Object.keys(scalars)) => scalars[pick(kinds)]();
  const KEYS = [
    ['int'],
    ['int', 'float'],
    ['str'],
    ['bytes'],
    ['int', 'str'],
    ['none', 'str', 'bytes', 'bool'],
  ];
  /** Up to `n` keys that Python keeps apart, each with what `make` gives after it. */
  const withKeys = (n, kinds, make = () => null) => {
    const tuples = next() < 0.3;
    const seen = new Set();
    const pairs = [];
    for (let i = 0; i < n; i++) {
      const before = known;
      const key = tuples ? ended(['tuple', [scalar(kinds), scalar(kinds)]]) : scalar(kinds);
      // JavaScript has no -0 as a key.
      if (seen.has(sameKey(key)) || JSON.stringify(key).includes(floatHex(-0))) known = before;
      else pairs.push([key, make()]);
      seen.add(sameKey(key));
    }
    return pairs;
  };
  const MAKE = {
    list: (n, depth) => {
      known++;
      return ['list', items(n, depth)];
    },
    tuple: (n, depth) => ended(['tuple', items(n, depth)]),
    dict: (n, depth) => {
      known++;
      const names = new Set(Array.from({ length: n }, () => scalars.str()[1]));
      return ['dict', [...names].map((name) => [['str', name], value(depth + 1)])];
    },
    map: (n, depth) => {
      known++;
      return ['map', withKeys(n, pick(KEYS), () => value(depth + 1))];
    },
    set: (n) => ended(['set', withKeys(2 * n, pick(KEYS)).map(([key]) => key)]),
    array: () => {
      const dtype = pick(DTYPES);
      const padded = JSON.stringify(dtype).includes('["","|V');
      const shape = pick([
        padded ? [2] : [],
        [0],
        [1],
        [5],
        [2, 3],
        [3, 1],
        [0, 3],
        [2, 3, 4],
        [2, 1, 1, 2, 2],
      ]);
      const nbytes = shape.reduce((a, b) => a * b, sizeOf(dtype));
      return ended(['array', dtype, shape, pick(['C', 'F']), hex(nbytes)]);
    },
    objects: (_n, depth) => {
      const shape = pick([[0], [2], [2, 2], [1, 3]]);
      return ended([
        'objects',
        shape,
        items(
          shape.reduce((a, b) => a * b, 1),
          depth,
        ),
      ]);
    },
    date: () => ended(['date', below(4e12) - 1e12]),
    ref: () => (known === 0 ? scalar() : ['ref', below(known)]),
  };
  const items = (n, depth) => Array.from({ length: n }, () => value(depth + 1));
  const value = (depth) => {
    if (depth > 4 || (depth > 0 && next() < 0.4)) return scalar();
    const kinds = [...Object.keys(MAKE), 'array', 'ref', 'list'];
    return MAKE[pick(kinds)](pick([0, 1, 2, 3, 4, 5, 7]), depth);
  };
  return value(0);
}

/** Equal for keys that are one in Python. */
function sameKey([kind, value]) {
  if (kind === 'tuple') return `(${value.map(sameKey)})`;
  if (kind === 'bool') return `number ${Number(value)}`;
  if (kind === 'int') return `number ${value}`;
  if (kind !== 'float') return `${kind} ${value}`;
  const number = Buffer.from(value, 'hex').readDoubleBE();
  return `number ${Number.isInteger(number) ? BigInt(number) : number}`;
}

function floatHex(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

/** So many descriptions. */
export function descriptions(n, seed) {
  const next = random(seed);
  return Array.from({ length: n }, () => describeValue(next));
}

/** The JavaScript value of a description; as `build` in hash.py. */
export function build(description, joblite, known = []) {
  const [kind, ...rest] = description;
  const inner = (item) => build(item, joblite, known);
  const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
  const make = {
    none: () => null,
    bool: () => rest[0],
    str: () => rest[0],
    int: () => (Number.isSafeInteger(Number(rest[0])) ? Number(rest[0]) : BigInt(rest[0])),
    float: () => Buffer.from(rest[0], 'hex').readDoubleBE(),
    bytes: () => bytes(rest[0]).buffer,
    ref: () => known[rest[0]],
  }[kind];
  if (make !== undefined) return make();
  if (kind === 'list' || kind === 'dict' || kind === 'map') {
    const value = { list: [], dict: {}, map: new Map() }[kind];
    known.push(value);
    for (const item of rest[0]) {
      if (kind === 'list') value.push(inner(item));
      else if (kind === 'dict') value[item[0][1]] = inner(item[1]);
      else value.set(inner(item[0]), inner(item[1]));
    }
    return value;
  }
  const value = {
    tuple: () => joblite.PyTuple.from(rest[0].map(inner)),
    set: () => new Set(rest[0].map(inner)),
    date: () => new Date(rest[0]),
    array: () => {
      const [dtype, shape, order, content] = rest;
      return new joblite.NDArray({ data: bytes(content), shape, dtype, order });
    },
    objects: () => new joblite.NDArray({ data: rest[1].map(inner), shape: rest[0] }),
  }[kind]();
  known.push(value);
  return value;
}

/** Expressions of equal values: what descriptions do not reach, and what people write. */
export const EXPRESSIONS = [
  ['1', '1'],
  ['-1.5', '-1.5'],
  ['math.nan', 'NaN'],
  ['[math.nan]', '[NaN]'],
  ['{math.nan}', 'new Set([NaN])'],
  ['"x" * 100000', "'x'.repeat(100000)"],
  ['bytes(100000)', 'new ArrayBuffer(100000)'],
  ['list(range(999))', 'Array.from({ length: 999 }, (_, i) => i)'],
  ['list(range(1000))', 'Array.from({ length: 1000 }, (_, i) => i)'],
  ['list(range(1001))', 'Array.from({ length: 1001 }, (_, i) => i)'],
  ['[[] for i in range(3000)]', 'Array.from({ length: 3000 }, () => [])'],
  ['{i: None for i in range(2001)}', 'new Map(Array.from({ length: 2001 }, (_, i) => [i, null]))'],
  [
    '{f"k{i}": [i] for i in range(1000)}',
    "Object.fromEntries(Array.from({ length: 1000 }, (_, i) => ['k' + i, [i]]))",
  ],
  ['set(range(3000))', 'new Set(Array.from({ length: 3000 }, (_, i) => i))'],
  ['{"a": 1, "b": "x", "c": [1, 2, 3]}', "{ c: [1, 2, 3], b: 'x', a: 1 }"],
  [
    '{1: "a", "b": 2, None: 3, (1, 2): 4, 2.5: 5}',
    "new Map([[1, 'a'], ['b', 2], [null, 3], [PyTuple.of(1, 2), 4], [2.5, 5]])",
  ],
  [
    '{(1, "a"): 1, (1, 2): 2, (2, 2): 3}',
    "new Map([[PyTuple.of(1, 'a'), 1], [PyTuple.of(1, 2), 2], [PyTuple.of(2, 2), 3]])",
  ],
  [
    '{(1, "a"): 1, (2, 2): 2, (1,): 3, (): 4}',
    "new Map([[PyTuple.of(1, 'a'), 1], [PyTuple.of(2, 2), 2], [PyTuple.of(1), 3], [PyTuple.of(), 4]])",
  ],
  [
    '{1, "a", None, b"x", (1, "y")}',
    "new Set([1, 'a', null, new Uint8Array([120]).buffer, PyTuple.of(1, 'y')])",
  ],
  ['{2**70, 2.0**71, 5, -2**70, 0.5}', 'new Set([2n ** 70n, 2 ** 71, 5, -(2n ** 70n), 0.5])'],
  ['{2**53 + 1, 2.0**53}', 'new Set([2n ** 53n + 1n, 2 ** 53])'],
  [
    '(lambda t: [{1, t}, {t: 2}, t])((1, (2,)))',
    '(() => { const t = PyTuple.of(1, PyTuple.of(2)); return [new Set([1, t]), new Map([[t, 2]]), t]; })()',
  ],
  [
    '(lambda s: [s, s, {"s": s}])({(1, 2), (3, 4)})',
    '(() => { const s = new Set([PyTuple.of(1, 2), PyTuple.of(3, 4)]); return [s, s, { s }]; })()',
  ],
  [
    '(lambda l: (l.append((l, l)), l)[1])([])',
    '(() => { const l = []; l.push(PyTuple.of(l, l)); return l; })()',
  ],
  [
    '(lambda l: (lambda t: (l.append(t), t)[1])((l,)))([])',
    '(() => { const l = []; const t = PyTuple.of(l); l.push(t); return t; })()',
  ],
  [
    '(lambda l: (lambda t: (l.append(t), t)[1])((1, 2, 3, l, 5)))([])',
    '(() => { const l = []; const t = PyTuple.of(1, 2, 3, l, 5); l.push(t); return t; })()',
  ],
  ['(lambda d: (d.update(self=d), d)[1])({})', '(() => { const d = {}; d.self = d; return d; })()'],
  [
    '(lambda d: [d, d, datetime.datetime(1, 1, 1, tzinfo=UTC)])(datetime.datetime(2020, 1, 2, 3, 4, 5, 678000, UTC))',
    "(() => { const d = new Date('2020-01-02T03:04:05.678Z'); return [d, d, new Date('0001-01-01T00:00:00Z')]; })()",
  ],
  [
    '{datetime.datetime(2020, 1, 1, tzinfo=UTC), datetime.datetime(2019, 1, 1, tzinfo=UTC)}',
    "new Set([new Date('2020-01-01'), new Date('2019-01-01')])",
  ],
  [
    '{datetime.datetime(2020, 1, 1, tzinfo=UTC): 1, "a": 2}',
    "new Map([[new Date('2020-01-01'), 1], ['a', 2]])",
  ],
  [
    '(lambda a: [a, a, [a]])(np.arange(3.0))',
    '(() => { const a = new Float64Array([0, 1, 2]); return [a, a, [a]]; })()',
  ],
  [
    '(lambda a: [a, a, a[0]])(np.array([[1], None], dtype=object))',
    '(() => { const l = [1]; const a = new NDArray({ data: [l, null], shape: [2] }); return [a, a, l]; })()',
  ],
  ['np.arange(200000) / 3', 'Float64Array.from({ length: 200000 }, (_, i) => i / 3)'],
  ['np.arange(12, dtype="i4")[2:5]', 'Int32Array.from({ length: 12 }, (_, i) => i).subarray(2, 5)'],
  ['np.array([1, 255], dtype="u1")', 'new Uint8ClampedArray([1, 255])'],
  ['np.array([-2**63, 1])', 'new BigInt64Array([-(2n ** 63n), 1n])'],
  [
    'np.array(["a", "b\\U0001f600"])',
    "new NDArray({ data: new Uint32Array([97, 0, 98, 0x1f600]), shape: [2], dtype: '<U2' })",
  ],
  ['np.zeros(3)', 'new Float64Array(3)'],
  ['np.array([])', 'new Float64Array()'],
  ['collections.deque and {"__proto__": {"x": 1}}', 'JSON.parse(\'{"__proto__": {"x": 1}}\')'],
  ['[np.zeros(2) for i in range(300)]', 'Array.from({ length: 300 }, () => new Float64Array(2))'],
];

/** What has no hash of Python's, and where in it. */
export const REFUSED = [
  ['{ a: [1, undefined] }', '$.a[1]'],
  ['[1, , 2]', '$[1]'],
  ['[new Set([1, NaN])]', '$[0]'],
  ["new Map([['k', new Map([[1, 2], [true, 3]])]])", '$.get("k")'],
  ['[new Set([0, 1n, 1])]', '$[0]'],
  ['new Map([[{}, 1]])', '$.keys()[0]'],
  ['new Set([1, [2]])', '$.values()[1]'],
  ['new Set([new Date(0), new Date(0)])', '$'],
  ["{ 'a b': new Date(NaN) }", '$["a b"]'],
  ["[{ e: new Error('x') }]", '$[0].e'],
  ['PyTuple.of(/x/)', '$[0]'],
  ["new PyObject({ module: 'decimal', name: 'Decimal', args: ['1.5'] })", '$'],
  ["new Blob(['x'])", '$'],
  ['[new NDArray({ data: [1, undefined], shape: [2] })]', '$[0].data[1]'],
  ['{ f: () => 1 }', '$.f'],
  ["new NDArray({ data: new Uint8Array(2), shape: [], dtype: [['a', 'int8'], ['', '|V1']] })", '$'],
];
