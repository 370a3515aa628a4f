// What values cost, measured in Node or in a page. `values` is what src/ts/values exports, and `engine`.

const makers = {
  '60,000 records': () =>
    Array.from({ length: 60_000 }, (_, i) => ({
      id: i,
      name: `user-${i}`,
      score: i * 1.5,
      active: i % 2 === 0,
      tags: ['a', `b${i % 10}`],
      addr: { city: `X${i % 100}`, zip: 10_000 + i },
    })),
  '200,000 strings': () => Array.from({ length: 200_000 }, (_, i) => `some text number ${i}`),
  'binary tree of 2^16 nodes': () => {
    const tree = (depth) => (depth === 0 ? null : { l: tree(depth - 1), r: tree(depth - 1) });
    return tree(16);
  },
  'object of 100,000 keys': () =>
    Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key${i}`, i])),
  'a million floats in a list': () => Array.from({ length: 1e6 }, (_, i) => i / 3),
};

/** Medians in ms by name; beside each what it is to half a structuredClone of the same value. */
export async function measure(
  { engine, toTape, fromTape, tapeToPickle, pickleToTape, hashValue },
  rounds,
) {
  const figures = {};
  const median = (run, n = rounds) => {
    const times = [];
    for (let i = 0; i < n; i++) {
      const start = performance.now();
      run();
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[n >> 1];
  };
  for (const [name, make] of Object.entries(makers)) {
    // A page that is busy for too long is taken for dead.
    await new Promise((resolve) => setTimeout(resolve));
    const value = make();
    const tape = toTape(value);
    const { parts } = tapeToPickle(engine, tape);
    const runs = {
      toTape: () => toTape(value),
      fromTape: () => fromTape(tape),
      tapeToPickle: () => tapeToPickle(engine, tape),
      pickleToTape: () => pickleToTape(engine, parts),
      hash: () => hashValue(engine, value),
    };
    for (const run of Object.values(runs)) run();
    const half = median(() => structuredClone(value)) / 2;
    figures[`${name}: half structuredClone, ms`] = half.toFixed(1);
    for (const [what, run] of Object.entries(runs)) {
      const time = median(run);
      figures[`${name}: ${what}, ms`] = `${time.toFixed(1)} (${(time / half).toFixed(2)})`;
    }
  }
  const small = { a: 1, b: 'x', c: [1, 2, 3] };
  const many = 100_000;
  const hashMany = () => {
    for (let i = 0; i < many; i++) hashValue(engine, small);
  };
  hashMany();
  figures["hash of { a: 1, b: 'x', c: [1, 2, 3] }, us"] = (
    (median(hashMany, 7) * 1000) /
    many
  ).toFixed(2);
  const array = new Float64Array(1e7).map((_, i) => i);
  figures['hash of a Float64Array of 80 MB, ms'] = median(
    () => hashValue(engine, array),
    7,
  ).toFixed(1);
  return figures;
}
