// An import of the task module's own: a bundler must compile it into the worker.

export enum Kind {
  Mean = 'mean',
  Median = 'median',
}

export function statistic(values: readonly number[], kind: Kind): number {
  if (kind === Kind.Mean) return values.reduce((sum, value) => sum + value, 0) / values.length;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
