// Pickles that claim, nest, share or repeat more than they have: small files that want much of a reader.

const text = (text) => Buffer.from(text, 'latin1');
const repeat = (what, times) => Buffer.alloc(text(what).length * times, what, 'latin1');
const hex = (op) => `0x${text(op).toString('hex')}`;
const u32 = (n) => Buffer.from(new Uint32Array([n]).buffer);
const u64 = (n) => Buffer.from(new BigUint64Array([BigInt(n)]).buffer);
const str = (string) => Buffer.concat([text('X'), u32(string.length), text(string)]);
const pickle = (...parts) => {
  const bytes = parts.flat(Infinity).map((part) => (typeof part === 'string' ? text(part) : part));
  return new Uint8Array(Buffer.concat([text('\x80\x05'), ...bytes]));
};

/** The pickle of an array as joblib writes it, with a shape of the caller's; its bytes do not follow. */
function arrayOf(shape, dtype = 'f8', order = 'C') {
  return [
    'cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(',
    [str('subclass'), 'cnumpy\nndarray\n', str('shape'), shape, str('order'), str(order)],
    [str('dtype'), 'cnumpy\ndtype\n', str(dtype), '\x89\x88\x87R', str('allow_mmap'), '\x88'],
    [str('numpy_array_alignment_bytes'), 'K\x10ub'],
  ].flat();
}

/** A list that holds twice the one before, and so on. */
function doubled(times) {
  return Array.from({ length: times }, (_, i) => [
    text(']\x94(j'),
    u32(i),
    text('j'),
    u32(i),
    text('e'),
  ]).flat();
}

const DEEP = 1_000_000;
const MANY = 300_000;

/** Title, the file, and what has to come of it where that is certain: 'ok' or the code of an error. */
export const BOMBS = [
  // Claimed sizes.
  ...['X', 'B', 'T', '\x8b'].map((op) => [
    `a claim of 2 GB by opcode ${hex(op)}`,
    () => pickle(op, u32(0x7fffffff), 'abc'),
    'CORRUPT_DATA',
  ]),
  ...['\x8d', '\x8e', '\x96', '\x95'].flatMap((op) =>
    [2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n].map((size) => [
      `a claim of ${size} bytes by opcode ${hex(op)}`,
      () => pickle(op, u64(size), 'abc'),
    ]),
  ),
  ...[
    ['K\xffK\xff\x86', 'CORRUPT_DATA'],
    ['\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85'],
    ['(\x8a\x05\0\0\0\0\x01\x8a\x05\0\0\0\0\x01\x8a\x05\0\0\0\0\x01t'],
    ['(\x8a\x05\0\0\0\0\x01\x8a\x05\0\0\0\0\x01K\x00t'],
    ['\x8a\x01\xff\x85'],
    ['\x8a\x09\0\0\0\0\0\0\0\0\x01\x85'],
    ['G\x7f\xf0\0\0\0\0\0\0\x85'],
  ].map(([shape, code]) => [
    `an array of shape ${JSON.stringify(shape)}`,
    () => pickle(...arrayOf(shape), '.'),
    code,
  ]),
  ...[
    'U0',
    'S0',
    'V0',
    'V2147483647',
    'U2147483647',
    'f8'.repeat(1000),
    'O',
    'M8[999999999999s]',
  ].map((dtype) => [
    `an array of 2^31 elements of dtype ${dtype.slice(0, 20)}`,
    () => pickle(...arrayOf('\x8a\x05\0\0\0\x80\0\x85', dtype), '.'),
  ]),
  [
    'an array of a million dimensions',
    () => pickle(...arrayOf(Buffer.concat([text('('), repeat('K\x01', DEEP), text('t')])), '.'),
  ],
  // Memo numbers.
  ['memo number 2^32 - 1 put', () => pickle('Nr', u32(0xffffffff), '.')],
  ['memo number 2^32 - 1 got', () => pickle('Nj', u32(0xffffffff), '.'), 'CORRUPT_DATA'],
  [
    'many memo numbers far apart',
    () => {
      const puts = Array.from({ length: 10_000 }, (_, i) => [text('Nr'), u32(i * 400_000)]);
      return pickle(...puts.flat(), '.');
    },
  ],
  ['everything remembered', () => pickle(repeat('N\x94', MANY), '.')],
  ['a list doubled 200 times', () => pickle(']\x94', doubled(200), '.')],
  ['a tuple doubled sixty times', () => pickle(')', repeat('2\x86', 60), '.')],
  ['a tuple doubled 900 times', () => pickle(')', repeat('2\x86', 900), '.')],
  [
    'a long string again and again, by reference',
    () => pickle(str('a'.repeat(60_000)), '\x940](', repeat('h\0', 200), 'e.'),
  ],
  // Depth.
  ...[']', '}', '(', ')\x85', '\x8f', 'cos\nsystem\n'].map((op) => [
    `a million times ${hex(op)}`,
    () => pickle(repeat(op, DEEP / op.length), '.'),
  ]),
  ['a million lists in one another', () => pickle(repeat(']', DEEP), repeat('a', DEEP - 1), '.')],
  ['a million tuples in one another', () => pickle(')', repeat('\x85', DEEP), '.')],
  ['a million dicts in one another', () => pickle(repeat('}N', DEEP), '}', repeat('s', DEEP), '.')],
  [
    'a million frozensets in one another',
    () => pickle(repeat('(', DEEP), repeat('\x91', DEEP), '.'),
  ],
  [
    'a million calls in one another',
    () => pickle(repeat('cm\nn\n', MANY), ')', repeat('\x85R', MANY), '.'),
  ],
  ['a million states of one object', () => pickle('cm\nn\n)R', repeat('}b', MANY), '.')],
  [
    'joblib arrays of objects in one another',
    () =>
      pickle(
        ...Array.from({ length: 3000 }, () => [...arrayOf('K\x01\x85', 'O'), '\x80\x05']).flat(),
      ),
  ],
  // What holds itself.
  ['a list in itself', () => pickle(']\x94h\0a.'), 'ok'],
  ['a tuple in itself', () => pickle(']\x94h\0\x85\x94a1h\x01.')],
  ['a tuple in itself through its memo', () => pickle('(](q\x00h\x00tq\x01h\x01e.')],
  ['a dict as its own key', () => pickle('}\x94h\0Ns.')],
  ['a set in itself', () => pickle('\x8f\x94(h\0\x90.')],
  ['a frozenset through a list in itself', () => pickle(']\x94(h\0\x91\x94a.')],
  ['a set made of a list that holds it', () => pickle('cbuiltins\nset\n]\x94\x85R\x94h\0h\x01a0.')],
  ['an object as its own state', () => pickle('cm\nn\n)R\x94h\0b.')],
  ['an object as its own argument', () => pickle(']\x94cm\nn\nh\0\x85R\x94h\0h\x01a0.')],
  ['an object as its own class', () => pickle('cm\nn\n)R\x94h\0)Rh\0)\x81.')],
  [
    'a dtype of itself',
    () =>
      pickle(
        'cnumpy\ndtype\n',
        str('V8'),
        '\x89\x88\x87R\x94(K\x03',
        str('|'),
        'N(',
        str('a'),
        't}',
        str('a'),
        'h\0K\0\x86sK\x08K\x01K\0tb.',
      ),
  ],
  ['an array that is its own shape', () => pickle(...arrayOf('h\0'), '.')],
  ['a deque in itself', () => pickle('ccollections\ndeque\n)R\x94h\0a.')],
  ['an OrderedDict in itself', () => pickle('ccollections\nOrderedDict\n)R\x94Nh\0s.')],
  // Text of protocol 0.
  ['an int of a million digits', () => pickle('L', repeat('9', DEEP), 'L\n.')],
  ['a short int of a million digits', () => pickle('I', repeat('9', DEEP), '\n.')],
  ['a float of a million digits', () => pickle('F1.', repeat('9', DEEP), '\n.')],
  ['a line without an end', () => pickle('V', repeat('a', DEEP)), 'CORRUPT_DATA'],
  ['escapes that stop short', () => pickle('V\\u12\n.')],
  ['a code point beyond Unicode', () => pickle('V\\Uffffffff\n.')],
  ['a string without its quote', () => pickle("S'abc\n.")],
  ['a class of a very long name', () => pickle('c', repeat('m', DEEP), '\nn\n.')],
  ['a memo number of a million digits', () => pickle('Np', repeat('9', DEEP), '\n.')],
  ['an int of 100 kB', () => pickle('\x8b', u32(100_000), repeat('\x7f', 100_000), '.')],
  // What is on the stack is missing or of another kind.
  ...[...'.012Rabdeilostu}\x81\x85\x86\x87\x90\x91\x92\x93\x94\x97\x98'].map((op) => [
    `opcode ${hex(op)} without operands`,
    () => pickle(op, '.'),
  ]),
  ...[...'Rabeosu\x81\x86\x87\x90\x92\x93'].map((op) => [
    `opcode ${hex(op)} on numbers`,
    () => pickle('K\x01K\x02(K\x03K\x04', op, '.'),
  ]),
  ...[...'Rb\x81\x86\x92\x93Q\x82\x98\x97'].map((op) => [
    `opcode ${hex(op)} on numbers without a mark`,
    () => pickle('K\x01K\x02K\x03', op, '.'),
  ]),
  // Decoding that grows.
  [
    'a long text of latin1 encoded many times',
    () =>
      pickle(
        'c_codecs\nencode\n\x940',
        [str('é'.repeat(10_000)), '\x940', str('latin1'), '\x940]('],
        repeat('h\x00h\x01h\x02\x86R', 20_000),
        'e.',
      ),
  ],
  [
    'many sets of one long list',
    () =>
      pickle(
        'cbuiltins\nset\n\x940]\x94(',
        repeat('N', 20_000),
        'e0](',
        repeat('h\x00h\x01\x85R', 20_000),
        'e.',
      ),
  ],
];
