// Tasks of parallel.test.mjs.

export const inc = (x) => x + 1;

export const fail = (message) => {
  throw Object.assign(new RangeError(message), { row: 3 });
};

export const exit = (x) => {
  if (x === 3) process.exit(5);
  return x;
};

export const throwLater = async () => {
  setTimeout(() => {
    throw new Error('nobody catches this');
  }, 0);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
};

export const forever = () => {
  for (;;);
};

export const nested = async (n) => {
  const { delayed, environment, Parallel } = await import('joblite');
  const results = await Parallel({ nJobs: 2 })([1, 2].map((x) => delayed(inc)(x + n)));
  return { results, workers: environment().workers };
};
