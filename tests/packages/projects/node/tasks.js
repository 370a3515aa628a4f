import { isMainThread } from 'node:worker_threads';
import { mean, median } from './statistics.js';

export function describe(values) {
  return { mean: mean(values), median: median(values), realm: isMainThread ? 'page' : 'worker' };
}

export function refuse(value) {
  throw new RangeError(`${value} is refused`);
}
