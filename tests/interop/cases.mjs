// What Python has to see of joblite's values, and joblite of Python's.

/** By the name of the example: a Python expression in which `v` is what `joblib.load` gave. */
export const FROM_JAVASCRIPT = {
  null: 'v is None',
  undefined: 'v is None',
  true: 'v is True',
  zero: 'v == 0 and type(v) is int',
  'minus zero': 'type(v) is float and math.copysign(1, v) == -1',
  'int32 limits': 'v == [2147483647, -2147483648, 2147483648]',
  'safe limits': 'v == [2**53 - 1, 1 - 2**53] and type(v[0]) is int',
  'unsafe integer': 'v == 2.0**53 and type(v) is float',
  'not a number': 'math.isnan(v)',
  'string of 255 bytes': 'v == "x" * 255',
  'astral string': 'v == "a\\U0001f600b"',
  'byte order mark': 'v == "\\ufeffbom"',
  'lone surrogates': 'v == ["\\ud83d", "\\ude00", "a\\udc00b", "\\U0001f600"]',
  'string of 3 blocks': 'v == "0123456789" * 300000',
  bigints: 'v == [0, 1, -1, 127, 128, -128, -129, 2**53, -2**64, 2**2100]',
  'run of floats': 'v == [i / 7 for i in range(100)] and type(v[7]) is int',
  'run of strings': 'v == [f"s{i}" for i in range(100)]',
  'mixed array': 'v == [1, "a", None, None, True, 1.5, [], {}]',
  'sparse array': 'v == [1, None, 3, None, None]',
  object: 'v == {"a": 1, "b": "x", "c": [1, 2, 3]} and list(v) == ["a", "b", "c"]',
  'keys by code unit': 'v["\\U00010000"] == 2 and v[""] == 5',
  '__proto__ as a key': 'v == {"__proto__": {"x": 1}, "constructor": 2}',
  'object of 100 keys': 'v == {f"k{i}": i for i in range(100)}',
  'shared containers': 'v[0] is v[1] and v[2]["again"] is v[0]',
  'doubled sixty times': 'len(v) == 2 and v[0] is v[1]',
  cycle: 'v["self"] is v and v["list"][0] is v and v["list"][1]["up"] is v',
  Map: 'v == {"a": 1, "b": [2]}',
  'Map of numbers and others': 'v == {1: "one", 2.5: "float", None: "null", "1": "string"}',
  'Map of keys that Python would merge': 'v == [(1, "number"), (True, "boolean"), (1, "bigint")]',
  'Map with object keys': 'v == [({"k": 1}, "object"), ([1], "array")]',
  Set: 'v == {1, "a", None}',
  'Set of objects': 'v == [[1], {}, {2}]',
  Date: 'v == datetime.datetime(2020, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)',
  'Date before 1970': 'v == datetime.datetime(1904, 2, 29, tzinfo=datetime.timezone.utc)',
  'Date that Python lacks': 'v == -8.64e15',
  Int8Array: 'v.dtype == "int8" and v.tolist() == [-128, 127]',
  Uint8Array: 'v.dtype == "uint8" and v.tolist() == [0, 255]',
  Uint8ClampedArray: 'v.dtype == "uint8" and v.tolist() == [1, 255]',
  Int16Array: 'v.dtype == "int16" and v.tolist() == [-32768, 32767]',
  Uint16Array: 'v.dtype == "uint16" and v.tolist() == [65535]',
  Int32Array: 'v.dtype == "int32" and v.tolist() == [-2147483648]',
  Uint32Array: 'v.dtype == "uint32" and v.tolist() == [4294967295]',
  Float32Array: 'v.dtype == "float32" and v.tolist() == [1.5, -0.0, math.inf]',
  Float64Array: 'v.dtype == "float64" and v.tolist() == [0.1, -0.0, 1e300]',
  BigInt64Array: 'v.dtype == "int64" and v.tolist() == [-2**63]',
  BigUint64Array: 'v.dtype == "uint64" and v.tolist() == [2**64 - 1]',
  'large array': 'np.array_equal(v, np.arange(20000) / 3) and v.ctypes.data % 16 == 0',
  subarray: 'v.tolist() == [1, 2]',
  ArrayBuffer: 'v == bytes([1, 2, 3])',
  'large ArrayBuffer': 'v == bytes([9]) * 100000',
  DataView: 'v == bytes([2, 3])',
  RegExp: 'v == ["a\\\\/b[^c]*", "giu"]',
  Error: 'v["message"] == "too far" and v["cause"] == {"x": 1} and v["code"] == 7',
  boxed: 'v == [1, "x", False, 1]',
  Blob: 'v == ["text/plain", b"abc"]',
  File: 'v == ["text/plain", "a.txt", 1577934245678, b"abc"]',
  PyTuple: 'v == (1, "a", [2])',
  'longer PyTuple': 'v == (1, 2, 3, 4, 5)',
  'PyTuple in itself': 'type(v) is tuple and v[0][0] is v and v[1] == 1',
  PyObject: 'v == decimal.Decimal("1.5")',
  'PyObject as a class': 'v is complex',
  'NDArray in C order': 'v.tolist() == [[0, 1, 2], [3, 4, 5]] and v.flags.c_contiguous',
  'NDArray in F order': 'v.tolist() == [[0, 2, 4], [1, 3, 5]] and v.flags.f_contiguous',
  'NDArray of no dimension': 'v.shape == () and v == 1.5 and v.dtype == "float32"',
  'NDArray of three dimensions':
    'v.shape == (2, 3, 4) and v.dtype == "int16" and bool((v == 3).all())',
  'NDArray without elements': 'v.shape == (0, 3)',
  'NDArray of bool': 'v.dtype == "bool" and v.tolist() == [True, False, True]',
  'NDArray of complex': 'v.dtype == "complex128" and v.tolist() == [1 + 2j, 3 + 4j]',
  'NDArray of datetimes': 'v.dtype == "datetime64[ns]" and v.tolist() == [0, 86400000000000]',
  'NDArray of timedeltas':
    'v.dtype == np.dtype("timedelta64[25s]") and v[0] == np.timedelta64(125, "s")',
  'NDArray of str': 'v.dtype == "<U2" and v.tolist() == ["a", "b\\U0001f600"]',
  'NDArray of bytes': 'v.dtype == "S2" and v.tolist() == [b"ab", b"cd"]',
  'NDArray of records':
    'v.dtype.names == ("a", "b") and v.dtype.itemsize == 20 and v["b"].shape == (2, 3)',
  'NDArray of objects': 'v.dtype == object and v.tolist() == [[1, "a"], [None, {"b": 2}]]',
  DataFrame:
    'list(v.columns) == ["x", "name"] and v["name"].tolist() == ["a", "b"] and v.index.tolist() == [10, 20] and v["x"].dtype == "float64"',
  Series: 'v.name == "s" and v.tolist() == [1, 2, 3] and v.dtype == "int32"',
  'many small arrays': '[len(a) for a in v] == list(range(30))',
  PyFrozenSet: 'type(v) is frozenset and v == {"b", 1, (2, "c")}',
  'PyFrozenSets as members and keys':
    'v == [{frozenset([1]), frozenset()}, {frozenset([2]): "two"}]',
  'PyDateTime without a zone':
    'v == datetime.datetime(2020, 1, 2, 3, 4, 5, 678901) and v.tzinfo is None',
  'PyDateTime in a zone':
    'v.isoformat() == "2020-01-01T00:00:00+02:00" and v.utcoffset() == datetime.timedelta(hours=2)',
  'PyDateTime of the second of two equal times':
    'v == datetime.datetime(1, 1, 1, microsecond=1) and v.fold == 1',
  'PyObject of bytes': 'type(v) is bytearray and v == b"ab\\xff"',
  'PyObject with keyword arguments': 'v == {"a": 1, "b": [2]}',
  'PyObject made by an object': 'v == "b"',
  'PyObject with items':
    'type(v).__name__ == "OrderedDict" and list(v.items()) == [("b", 1), ("a", [2])]',
  'PyObjects as keys': 'v == {decimal.Decimal("1.5"): 1, (1 + 2j,): 2}',
  'NDArray of records with objects':
    'v.dtype == np.dtype([("a", "O"), ("b", "i4")]) and v.tolist() == [(None, 1), (["x"], 2)]',
};

const DTYPES = {
  int8: 'Int8Array',
  uint8: 'Uint8Array',
  int16: 'Int16Array',
  uint16: 'Uint16Array',
  int32: 'Int32Array',
  uint32: 'Uint32Array',
  float32: 'Float32Array',
  float64: 'Float64Array',
};

/** A Python expression, and the JavaScript expression of what joblite has to make of its dump. */
export const TO_JAVASCRIPT = [
  ...[2, 3, 4, 5].flatMap((protocol) => [
    {
      protocol,
      python:
        '[None, True, False, 0, 255, 65536, -1, 2**53 - 1, 2**53, -2**100, 1.5, "é\\U0001f600", (), (1,), (1, 2, 3, 4)]',
      javascript:
        "[null, true, false, 0, 255, 65536, -1, 2 ** 53 - 1, 2n ** 53n, -(2n ** 100n), 1.5, 'é😀', PyTuple.of(), PyTuple.from([1]), PyTuple.of(1, 2, 3, 4)]",
    },
    {
      protocol,
      python: '{"a": [1, {"b": (2, 3)}], "c": {1: "x", (1, 2): None}}',
      javascript:
        "{ a: [1, { b: PyTuple.of(2, 3) }], c: new Map([[1, 'x'], [PyTuple.of(1, 2), null]]) }",
    },
    {
      protocol,
      python: 'b"abc\\x00\\xff"',
      javascript: 'new Uint8Array([97, 98, 99, 0, 255]).buffer',
    },
    { protocol, python: 'bytes(100000)', javascript: 'new ArrayBuffer(100000)' },
    { protocol, python: '{1, 2, 3}', javascript: 'new Set([1, 2, 3])' },
    { protocol, python: 'frozenset(["a"])', javascript: "new PyFrozenSet(['a'])" },
    {
      protocol,
      python: 'np.arange(6.0).reshape(2, 3)',
      javascript: 'new NDArray({ data: new Float64Array([0, 1, 2, 3, 4, 5]), shape: [2, 3] })',
    },
    {
      protocol,
      python: 'datetime.datetime(2020, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)',
      javascript: 'new Date(Date.UTC(2020, 0, 2, 3, 4, 5, 678))',
    },
    {
      protocol,
      python: 'datetime.datetime(2020, 1, 2, 3, 4, 5, 678901)',
      javascript: 'new PyDateTime(Date.UTC(2020, 0, 2, 3, 4, 5, 678), { microsecond: 901 })',
    },
    {
      protocol,
      python: 'bytearray(b"ab\\xff")',
      javascript:
        "new PyObject({ module: 'builtins', name: 'bytearray', args: [new Uint8Array([97, 98, 255]).buffer] })",
    },
    {
      protocol,
      python: 'cycle()',
      javascript: "(() => { const a = { name: 'a' }; a.self = a; return a; })()",
    },
    {
      protocol,
      python:
        '[("a", [1, 2, 3]), ("b", np.arange(10, dtype="int32")), "x" * 70000, list(range(3000))]',
      javascript:
        "[PyTuple.of('a', [1, 2, 3]), PyTuple.of('b', Int32Array.from({ length: 10 }, (_, i) => i)), 'x'.repeat(70000), Array.from({ length: 3000 }, (_, i) => i)]",
    },
    {
      protocol,
      python: 'collections.OrderedDict(a=1)',
      javascript:
        "new PyObject({ module: 'collections', name: 'OrderedDict', dictItems: new Map([['a', 1]]) })",
    },
    {
      protocol,
      python: 'np.matrix([[1.0, 2.0]])',
      javascript:
        "new PyObject({ module: 'numpy', name: 'matrix', args: [new NDArray({ data: new Float64Array([1, 2]), shape: [1, 2] })] })",
    },
    {
      protocol,
      python: 'np.ma.array([1.5, 2.5], mask=[False, True])',
      javascript:
        "new PyObject({ module: 'numpy.ma', name: 'MaskedArray', args: [new Float64Array([1.5, 2.5]), new NDArray({ data: new Uint8Array([0, 1]), shape: [2], dtype: 'bool' }), null, false, true, 0, null] })",
    },
  ]),
  ...Object.entries(DTYPES).map(([dtype, Class]) => ({
    python: `np.array([0, 1, 100], dtype="${dtype}")`,
    javascript: `new ${Class}([0, 1, 100])`,
  })),
  { python: 'np.array([-2**63, 1])', javascript: 'new BigInt64Array([-(2n ** 63n), 1n])' },
  {
    python: 'np.array([2**64 - 1], dtype="uint64")',
    javascript: 'new BigUint64Array([2n ** 64n - 1n])',
  },
  {
    python: 'np.array([1.5, -2], dtype="float16")',
    javascript:
      "globalThis.Float16Array ? new Float16Array([1.5, -2]) : new NDArray({ data: new Uint16Array([0x3e00, 0xc000]), shape: [2], dtype: 'float16' })",
  },
  { python: 'np.array([1, 2], dtype=">i4")', javascript: 'new Int32Array([1, 2])' },
  {
    python: 'np.array([[1.0, 2.0]], dtype=">f8")',
    javascript: 'new NDArray({ data: new Float64Array([1, 2]), shape: [1, 2] })',
  },
  {
    python: 'np.asfortranarray(np.arange(6.0).reshape(2, 3))',
    javascript:
      "new NDArray({ data: new Float64Array([0, 3, 1, 4, 2, 5]), shape: [2, 3], order: 'F' })",
  },
  {
    python: 'np.array(1.5)',
    javascript: 'new NDArray({ data: new Float64Array([1.5]), shape: [] })',
  },
  {
    python: 'np.zeros((0, 3))',
    javascript: 'new NDArray({ data: new Float64Array(0), shape: [0, 3] })',
  },
  {
    python: 'np.array([True, False])',
    javascript: "new NDArray({ data: new Uint8Array([1, 0]), shape: [2], dtype: 'bool' })",
  },
  {
    python: 'np.array([1 + 2j])',
    javascript: "new NDArray({ data: new Float64Array([1, 2]), shape: [1], dtype: 'complex128' })",
  },
  {
    python: 'np.array(["1970-01-02"], dtype="M8[ns]")',
    javascript:
      "new NDArray({ data: new BigInt64Array([86400000000000n]), shape: [1], dtype: 'datetime64[ns]' })",
  },
  {
    python: 'np.array([50], dtype="m8[25s]")',
    javascript:
      "new NDArray({ data: new BigInt64Array([50n]), shape: [1], dtype: 'timedelta64[25s]' })",
  },
  {
    python: 'np.array(["a", "bc"])',
    javascript: "new NDArray({ data: new Uint32Array([97, 0, 98, 99]), shape: [2], dtype: '<U2' })",
  },
  {
    python: 'np.array([b"ab", b"c"])',
    javascript: "new NDArray({ data: new Uint8Array([97, 98, 99, 0]), shape: [2], dtype: '|S2' })",
  },
  {
    python: 'np.array([(1, [2.0, 3.0])], dtype=[("a", "<i4"), ("b", "<f4", (2,))])',
    javascript:
      "new NDArray({ data: new Uint8Array(new Float32Array([1.401298464324817e-45, 2, 3]).buffer), shape: [1], dtype: [['a', 'int32'], ['b', 'float32', [2]]] })",
  },
  {
    python: 'np.array([(1, 2.0)], dtype=np.dtype([("a", "u1"), ("b", "<f8")], align=True))',
    javascript:
      "new NDArray({ data: new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64]), shape: [1], dtype: { fields: [['a', 'uint8'], ['', '|V7'], ['b', 'float64']], alignment: 8 } })",
  },
  {
    python: 'np.array([(1, 2.0)], dtype=[(("title", "a"), "u1"), ("b", "<f8")])',
    javascript:
      "new NDArray({ data: new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 64]), shape: [1], dtype: [[['title', 'a'], 'uint8'], ['b', 'float64']] })",
  },
  {
    python: 'np.asfortranarray(np.array([[1, "b"], [None, 4]], dtype=object))',
    javascript: "new NDArray({ data: [1, null, 'b', 4], shape: [2, 2], order: 'F' })",
  },
  {
    python:
      'np.zeros(1, np.dtype({"names": ["a", "b"], "formats": ["u1", "u2"], "offsets": [0, 0]}))',
    javascript:
      "((fields) => new PyObject({ module: 'numpy', name: 'ndarray', construct: 'new', args: [PyTuple.from([0])], state: fields }))(PyTuple.of(1, PyTuple.from([1]), new PyObject({ module: 'numpy', name: 'dtype', args: ['V2', false, true], state: PyTuple.of(3, '|', null, PyTuple.of('a', 'b'), { a: PyTuple.of(new PyObject({ module: 'numpy', name: 'dtype', args: ['u1', false, true], state: PyTuple.of(3, '|', null, null, null, -1, -1, 0) }), 0), b: PyTuple.of(new PyObject({ module: 'numpy', name: 'dtype', args: ['u2', false, true], state: PyTuple.of(3, '<', null, null, null, -1, -1, 0) }), 0) }, 2, 1, 16) }), false, new ArrayBuffer(2)))",
  },
  {
    python: 'np.array([None, "a", {"b": 1}], dtype=object)',
    javascript: "new NDArray({ data: [null, 'a', { b: 1 }], shape: [3] })",
  },
  {
    python: 'np.array([[np.arange(2.0), 1]], dtype=object)',
    javascript: 'new NDArray({ data: [new Float64Array([0, 1]), 1], shape: [1, 2] })',
  },
  { python: 'np.arange(1e6)', javascript: 'Float64Array.from({ length: 1e6 }, (_, i) => i)' },
  {
    python:
      '[np.float64(0.5), np.int64(2**60), np.bool_(True), np.uint8(7), np.float32(1.5), np.float16(-0.1), np.str_("é\\U0001f600"), np.bytes_(b"ab")]',
    javascript:
      "[0.5, 2n ** 60n, true, 7, 1.5, -0.0999755859375, 'é😀', new Uint8Array([97, 98]).buffer]",
  },
  { python: '["\\ud83d", "\\ude00x"]', javascript: "['\\ud83d', '\\ude00x']" },
  {
    python: 'datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))',
    javascript:
      "new PyDateTime(Date.UTC(2019, 11, 31, 22), { tzinfo: new PyObject({ module: 'datetime', name: 'timezone', args: [new PyObject({ module: 'datetime', name: 'timedelta', args: [0, 7200, 0] })] }) })",
  },
  {
    python: 'np.array([([1], 2)], dtype=[("a", "O"), ("b", "i4")])',
    javascript:
      "new NDArray({ data: [PyTuple.of([1], 2)], shape: [1], dtype: [['a', 'object'], ['b', 'int32']] })",
  },
  ...[0, 1].flatMap((protocol) => [
    {
      protocol,
      python:
        '[None, True, False, 0, -1, 2**70, -1.5, "é\\U0001f600\\\\u0041\\n", b"\\xff", (), (1,), [], {"a": 1}]',
      javascript:
        "[null, true, false, 0, -1, 2n ** 70n, -1.5, 'é😀\\\\u0041\\n', new Uint8Array([255]).buffer, PyTuple.of(), PyTuple.from([1]), [], { a: 1 }]",
    },
    { protocol, python: '{1, 2}', javascript: 'new Set([1, 2])' },
    { protocol, python: 'np.arange(3.0)', javascript: 'new Float64Array([0, 1, 2])' },
  ]),
  {
    python: '1 + 2j',
    javascript: "new PyObject({ module: 'builtins', name: 'complex', args: [1, 2] })",
  },
  {
    python: 'datetime.date(2020, 1, 2)',
    javascript:
      "new PyObject({ module: 'datetime', name: 'date', args: [new Uint8Array([7, 228, 1, 2]).buffer] })",
  },
  {
    python: 'int',
    javascript: "new PyObject({ module: 'builtins', name: 'int', construct: 'global' })",
  },
];

/** Python expressions whose values go to JavaScript and back, and are the same then: as back.py compares them. */
export const AND_BACK = [
  '[b"", b"abc", bytes(range(256)) * 20, bytearray(), bytearray(b"x\\xff"), set(), {1, "a"}, frozenset(), frozenset([(1, 2)])]',
  '[collections.OrderedDict(b=1, a=2), collections.defaultdict(list, a=[1]), collections.Counter("aab"), collections.deque([1, 2], 5)]',
  '[decimal.Decimal("1.50"), fractions.Fraction(1, 3), 1 + 2j, uuid.UUID(int=5), range(3), range(1, 10**30, 2), slice(1, None, 2)]',
  '[datetime.datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc), datetime.datetime(2020, 1, 2), datetime.datetime.min, datetime.datetime.max]',
  '[datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=14, microseconds=5))), datetime.datetime(2020, 1, 2, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")), datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(0), "Z"))]',
  '[datetime.date(2020, 2, 29), datetime.time(1, 2, 3, 4), datetime.timedelta(1, 2, 3), datetime.timezone.utc]',
  '[Color.RED, Point(1, [2]), Record(1, [2]), Keyword(1, b=2), Outer.Inner(3), setting(4), Outer.Inner, len, re.compile("a+")]',
  '[ValueError("a", 1), FileNotFoundError(2, "x", "f"), functools.partial(max, 1, key=abs), types.SimpleNamespace(a=1), array.array("d", [1, 2])]',
  '{decimal.Decimal(1): 1, uuid.UUID(int=1): 2, Color.RED: 3, datetime.date(2020, 1, 1): 4, datetime.datetime(2020, 1, 1): 5, np.datetime64("2020"): 6, frozenset([1]): 7, (fractions.Fraction(1, 2), frozenset([2])): 8, b"b": 9, int: 10, range(3): 11, 2**70: 12}',
  '[{Color.RED, decimal.Decimal(1)}, {frozenset([frozenset([1])])}]',
  '[np.complex128(1 + 2j), np.datetime64("2020-01-01", "ns"), np.longdouble(1.5), np.void(b"abc"), np.dtype(">i4"), np.dtype([("a", "i4"), ("b", "O")])]',
  '[np.ma.array([[1.0, 2.0]], mask=[[0, 1]], fill_value=7), np.ma.array([(1, 2.0)], mask=[(0, 1)], dtype=[("a", "i4"), ("b", "f8")]), np.matrix([[1, 2]])]',
  '[np.array([([1], 2)], dtype=[("a", "O"), ("b", "i4")]), np.array([None, np.arange(3)], dtype=object), np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])]',
  '[np.random.default_rng(1), np.random.RandomState(2)]',
];
