// `dump` and `load` of one large array, uncompressed and by each compressor; and a copy of its bytes.

/** As `compress` of `dump` takes it, here and in Python. */
export const COMPRESSIONS = [
  ['zlib', 3],
  ['gzip', 3],
  ['lz4', 0],
  ['xz', 3],
];

/** A subject for each size, named by its bytes. */
export const subjects = new Proxy(
  {},
  { get: (_, nbytes) => (given) => runs(given, Number(nbytes)) },
);

async function runs({ joblite: { dump, load } }, nbytes) {
  // Twelve bits each, in no order; the same numbers as in joblib_peer.py.
  const scramble = (x) => Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  const array = Float64Array.from(
    { length: nbytes / 8 },
    (_, i) => (scramble(scramble(i)) >>> 20) / 8,
  );
  const made = { copy: () => array.slice() };
  const options = [
    ['uncompressed', {}],
    ...COMPRESSIONS.map(([name, level]) => [name, { compress: [name, level] }]),
  ];
  for (const [name, option] of options) {
    let file;
    made[`dump ${name}`] = async () => {
      file = await dump(array, option);
    };
    made[`load ${name}`] = async () => {
      file ??= await dump(array, option);
      const loaded = await load(file);
      if (loaded.length !== array.length || loaded[12_345] !== array[12_345])
        throw new Error('load gave another array');
    };
  }
  return made;
}
