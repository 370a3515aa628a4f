/**
 * What a worker does for the demo: resample one group some number of times.
 * Loaded by tasks.worker.ts in a worker, and by the page itself where there are no workers.
 */

import { drawCounts, seedState } from './random.js';
import { type StatisticName, statistics } from './statistics.js';

/** One task: `resamples` bootstrap resamples of one group, from a seed of their own. */
export interface Chunk {
  /** Minutes late, one number a flight of this group. */
  delays: Int16Array;
  statistic: StatisticName;
  resamples: number;
  /** Where the random numbers start: the job's seed, the group's number, the chunk's number. */
  seed: [number, number, number];
}

/**
 * Draws the group's flights with replacement, as many as there are, and computes the statistic;
 * again for every resample.
 *
 * @returns one value a resample
 */
export function resample({ delays, statistic, resamples, seed }: Chunk): Float64Array {
  const { compute } = statistics[statistic];
  const { bins, counts, lowest } = toBins(delays);
  const state = seedState(...seed);
  const values = new Float64Array(resamples);
  for (let index = 0; index < resamples; index += 1) {
    drawCounts(bins, counts, state);
    values[index] = compute(counts, lowest, delays.length);
  }
  return values;
}

/** The statistic of the group as it is, not resampled. */
export function observe(delays: Int16Array, statistic: StatisticName): number {
  const { bins, counts, lowest } = toBins(delays);
  for (const bin of bins) counts[bin] = (counts[bin] as number) + 1;
  return statistics[statistic].compute(counts, lowest, delays.length);
}

function toBins(delays: Int16Array) {
  let lowest = delays[0] as number;
  let highest = lowest;
  for (const delay of delays) {
    if (delay < lowest) lowest = delay;
    if (delay > highest) highest = delay;
  }
  const bins = new Uint16Array(delays.length);
  for (let index = 0; index < bins.length; index += 1)
    bins[index] = (delays[index] as number) - lowest;
  return { bins, counts: new Uint32Array(highest - lowest + 1), lowest };
}
