// Tasks of the parallel tests: an ordinary module with an import of its own.

import { half } from './numbers.js';

export const add = (a, b) => a + b;

export const inc = (x) => x + 1;

export const rootOfHalf = (x) => Math.sqrt(half(x));

export const later = async (x, ms) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return x;
};

/** Keeps the thread for `ms`. */
export const busy = (ms, value) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return value;
};

export const forever = () => {
  for (;;);
};

class OwnError extends RangeError {
  constructor(message, fields) {
    super(message);
    this.name = 'OwnError';
    Object.assign(this, fields);
  }
}

export const fail = (message) => {
  throw new OwnError(message, { where: { row: 3 } });
};

export const failIf = (bad, x) => {
  if (bad) throw new TypeError(`no ${x}`, { cause: new SyntaxError('deep') });
  return x;
};

export const failWithValue = () => {
  throw { code: 7 };
};

export const failWithDomException = () => structuredClone(() => {});

export const returnFunction = () => ({ rows: [{ fn: () => 1 }] });

export const closeSelf = (bad, x) => {
  if (bad) close();
  return x;
};

export const closeSoon = (x) => {
  setTimeout(close, 0);
  return x;
};

export const throwLater = async (ms) => {
  setTimeout(() => {
    throw new Error('nobody catches this');
  }, 0);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return 'too late';
};

export const lengthOf = (array) => array.byteLength;

/** Which worker this is, as long as it lives. */
const id = Math.random();
export const whoAmI = () => id;

let calls = 0;
export const countCalls = () => ++calls;

/** A nested parallel map. */
export const nested = async (n) => {
  const { Parallel, delayed } = await import('/dist/index.js');
  const results = await Parallel({ nJobs: 2 })(
    Array.from({ length: n }, (_, i) => delayed(inc)(i)),
  );
  return results.reduce((a, b) => a + b, 0);
};

export const nestedInWorkers = async (n) => {
  const { Parallel, delayed, fromModule } = await import('/dist/index.js');
  const remote = fromModule(new URL('./parallel.js', import.meta.url), 'inc');
  const parallel = Parallel({ nJobs: 2, backend: 'workers' });
  const results = await parallel(Array.from({ length: n }, (_, i) => delayed(remote)(i)));
  parallel.terminate();
  return results.reduce((a, b) => a + b, 0);
};

export const isInWorker = (x) => [x, 'WorkerGlobalScope' in globalThis];
