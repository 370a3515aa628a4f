import { mean, median } from './statistics.js';

export function describe(values) {
  return {
    mean: mean(values),
    median: median(values),
    realm: typeof document === 'undefined' ? 'worker' : 'page',
  };
}

export function refuse(value) {
  throw new RangeError(`${value} is refused`);
}
