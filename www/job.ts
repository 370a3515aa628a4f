/**
 * The job: bootstrap resamples of one statistic for every group, spread over workers by joblite's
 * Parallel and remembered by its Memory. No page in here.
 */

import { type BatchInfo, delayed, Memory, Parallel, workerTasks } from 'joblite';
import { type Flights, type GroupingName, groupFlights } from './flights.js';
import { type StatisticName, sortedQuantile } from './statistics.js';
import { type Chunk, observe } from './tasks.js';

/** What the answer depends on, and nothing else: together with the flights, the key in the cache. */
export interface Settings {
  statistic: StatisticName;
  grouping: GroupingName;
  resamples: number;
  seed: number;
}

/** How the answer is computed: no part of the key. */
export interface How {
  /** 1 runs everything in the page's own thread, one task after the other. */
  workers: number;
  signal: AbortSignal;
  /** The cache does not have it: the computing begins. */
  onStart?(): void;
  onProgress?(done: number, total: number): void;
  onBatch?(batch: BatchInfo): void;
}

/** What is stored in the cache. */
export interface Answer {
  labels: string[];
  titles: string[];
  /** Flights a group. */
  sizes: Int32Array;
  /** The statistic of each group as it is. */
  observed: Float64Array;
  /** `resamples` values a group, one group after the other, sorted within each. */
  resampled: Float64Array;
  durationMs: number;
  workers: number;
}

export interface Interval {
  label: string;
  title: string;
  size: number;
  value: number;
  low: number;
  high: number;
  /** The middle half of the resamples. */
  quarterLow: number;
  quarterHigh: number;
}

/** The two tasks a worker offers; loaded by the page itself only where it runs them itself. */
const tasks = workerTasks<typeof import('./tasks.js')>(
  () => new Worker(new URL('./tasks.worker.ts', import.meta.url), { type: 'module' }),
  () => import('./tasks.js'),
);

/**
 * Draws of one flight in one task: about a tenth of a second. It does not depend on the number of
 * workers, nor do the seeds: that is why every number of workers gives the same numbers.
 */
const drawsPerTask = 10_000_000;

/** Computes the answer, whatever the cache holds. */
export async function bootstrap(flights: Flights, settings: Settings, how: How): Promise<Answer> {
  const startedAt = performance.now();
  how.onStart?.();
  const { statistic, resamples, seed } = settings;
  const groups = groupFlights(flights, settings.grouping);
  const chunks: Chunk[] = groups.flatMap(({ delays }, groupIndex) => {
    const perTask = Math.max(1, Math.min(resamples, Math.round(drawsPerTask / delays.length)));
    return Array.from({ length: Math.ceil(resamples / perTask) }, (_, chunkIndex) => ({
      delays,
      statistic,
      resamples: Math.min(perTask, resamples - chunkIndex * perTask),
      seed: [seed, groupIndex, chunkIndex] as Chunk['seed'],
    }));
  });

  const parallel = Parallel({
    nJobs: how.workers,
    // A task is long enough for a message of its own; in larger batches the workers end less evenly.
    batchSize: 1,
    signal: how.signal,
    onProgress: ({ done }) => how.onProgress?.(done, chunks.length),
    onBatch: (batch) => how.onBatch?.(batch),
  });
  const values = await parallel(chunks.map((chunk) => delayed(tasks.resample)(chunk)));

  const resampled = new Float64Array(groups.length * resamples);
  let filled = 0;
  for (const part of values) {
    resampled.set(part, filled);
    filled += part.length;
  }
  for (let group = 0; group < groups.length; group += 1) {
    resampled.subarray(group * resamples, (group + 1) * resamples).sort();
  }
  return {
    labels: groups.map(({ label }) => label),
    titles: groups.map(({ title }) => title),
    sizes: Int32Array.from(groups, ({ delays }) => delays.length),
    observed: Float64Array.from(groups, ({ delays }) => observe(delays, statistic)),
    resampled,
    durationMs: performance.now() - startedAt,
    workers: how.workers,
  };
}

export const memory = new Memory('flights-demo');

/**
 * The same from the cache, if it is there. The name and the version make the key, with the flights
 * and the settings; `how` is closed over, so that it does not.
 */
export function bootstrapCached(how: How) {
  return memory.cache((flights: Flights, settings: Settings) => bootstrap(flights, settings, how), {
    name: 'bootstrap',
    version: '1',
  });
}

/** The percentile intervals of an answer. The level costs nothing: the resamples are in the answer. */
export function intervals(answer: Answer, level: number): Interval[] {
  const resamples = answer.resampled.length / answer.labels.length;
  return answer.labels.map((label, group) => {
    const sorted = answer.resampled.subarray(group * resamples, (group + 1) * resamples);
    return {
      label,
      title: answer.titles[group] as string,
      size: answer.sizes[group] as number,
      value: answer.observed[group] as number,
      low: sortedQuantile(sorted, (1 - level) / 2),
      high: sortedQuantile(sorted, (1 + level) / 2),
      quarterLow: sortedQuantile(sorted, 0.25),
      quarterHigh: sortedQuantile(sorted, 0.75),
    };
  });
}

/** How many of the numbers differ between two answers: 0 where both are the same. */
export function countDifferences(one: Answer, other: Answer): number {
  let differences = Math.abs(one.resampled.length - other.resampled.length);
  for (const name of ['resampled', 'observed'] as const) {
    const length = Math.min(one[name].length, other[name].length);
    for (let index = 0; index < length; index += 1) {
      if (!Object.is(one[name][index], other[name][index])) differences += 1;
    }
  }
  return differences;
}
