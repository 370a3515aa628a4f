// The values of the table of speeds, and what is done with each: to a tape, to joblib's file, and back.

const range = (n, make) => Array.from({ length: n }, (_, i) => make(i));

/** The 60,000 records that issues and documentation speak of. */
export const makeRecords = () =>
  range(60_000, (i) => ({
    id: i,
    name: `user-${i}`,
    score: i * 1.5,
    active: i % 2 === 0,
    tags: ['a', `b${i % 10}`],
    addr: { city: `X${i % 100}`, zip: 10_000 + i },
  }));

const makers = {
  '60,000 records': makeRecords,
  '200,000 strings of 40 ASCII characters': () =>
    range(200_000, (i) => `${i} `.padEnd(40, 'the quick brown fox jumps over the lazy dog')),
  '100,000 CJK strings': () =>
    range(100_000, (i) => {
      const at = (n) => String.fromCharCode(0x4e00 + ((i * 31 + n * 977) % 20_000));
      return at(1) + at(2) + at(3) + at(4) + at(5) + at(6) + at(7) + at(8);
    }),
  // Each of ten keys is there or not: 1,024 shapes that follow one another in no order.
  '50,000 objects of varying shapes': () =>
    range(50_000, (i) => {
      const object = {};
      const bits = Math.imul(i + 1, 2654435761) >>> 12;
      for (let k = 0; k < 10; k++) if ((bits >> k) & 1) object[`key${k}`] = i + k;
      return object;
    }),
  'a binary tree of 2^16 nodes': () => {
    const tree = (depth, value) =>
      depth === 0
        ? null
        : { value, left: tree(depth - 1, 2 * value), right: tree(depth - 1, 2 * value + 1) };
    return tree(16, 1);
  },
  'a dict of 100,000 keys': () => Object.fromEntries(range(100_000, (i) => [`key${i}`, i])),
  'a list of a million floats': () => range(1e6, (i) => i / 3),
};

export const subjects = Object.fromEntries(
  Object.entries(makers).map(([name, make]) => [name, (joblite) => runs(joblite, make())]),
);

function runs({ engine, toTape, fromTape, tapeToPickle, pickleToTape }, value) {
  const tape = toTape(value);
  const { parts } = tapeToPickle(engine, tape);
  return {
    structuredClone: () => structuredClone(value),
    'to a tape': () => toTape(value),
    'from a tape': () => fromTape(tape),
    'to a file': () => tapeToPickle(engine, toTape(value)),
    'from a file': () => fromTape(pickleToTape(engine, parts)),
    'tape to file': () => tapeToPickle(engine, tape),
    'file to tape': () => pickleToTape(engine, parts),
  };
}
