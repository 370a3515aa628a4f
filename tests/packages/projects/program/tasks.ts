// The tasks of the consumers' programs.

import { Kind, statistic } from './statistics.ts';

export interface Description {
  mean: number;
  median: number;
  realm: 'page' | 'worker';
}

export function describe(values: readonly number[]): Description {
  return {
    mean: statistic(values, Kind.Mean),
    median: statistic(values, Kind.Median),
    realm: typeof document === 'undefined' ? 'worker' : 'page',
  };
}

export function refuse(value: number): never {
  throw new RangeError(`${value} is refused`);
}
