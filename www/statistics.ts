/**
 * The statistics that the demo offers, computed from counts: `counts[i]` flights were
 * `lowest + i` minutes late. Delays are whole minutes, so counting sorts them for nothing and any
 * quantile is found in one pass. Pure functions; no page, no worker.
 */

export const statistics = {
  mean: { label: 'Mean delay', short: 'Mean', unit: 'min', compute: mean },
  median: { label: 'Median delay', short: 'Median', unit: 'min', compute: quantileOf(0.5) },
  p90: { label: '90th percentile of delay', short: 'P90', unit: 'min', compute: quantileOf(0.9) },
  late: { label: 'Share over 15 min late', short: 'Late', unit: '%', compute: shareLate },
} satisfies Record<string, Statistic>;

export type StatisticName = keyof typeof statistics;

export interface Statistic {
  label: string;
  /** For a narrow column. */
  short: string;
  unit: 'min' | '%';
  /** `size` is the sum of `counts`. */
  compute(counts: Uint32Array, lowest: number, size: number): number;
}

function mean(counts: Uint32Array, lowest: number, size: number): number {
  let sum = 0;
  for (let bin = 0; bin < counts.length; bin += 1) sum += (counts[bin] as number) * (lowest + bin);
  return sum / size;
}

/** As NumPy's `quantile` with its default, linear interpolation between the two nearest values. */
function quantileOf(probability: number): Statistic['compute'] {
  return (counts, lowest, size) => {
    const position = probability * (size - 1);
    const below = Math.floor(position);
    let bin = 0;
    let seen = counts[0] as number;
    while (seen <= below) {
      bin += 1;
      seen += counts[bin] as number;
    }
    const value = lowest + bin;
    const fraction = position - below;
    if (fraction === 0 || seen > below + 1) return value;
    let next = bin + 1;
    while ((counts[next] as number) === 0) next += 1;
    return value + fraction * (lowest + next - value);
  };
}

/** Percent of flights that arrived more than 15 minutes late. */
function shareLate(counts: Uint32Array, lowest: number, size: number): number {
  let late = 0;
  for (let bin = Math.max(0, 16 - lowest); bin < counts.length; bin += 1)
    late += counts[bin] as number;
  return (100 * late) / size;
}

/** The value below which the share `probability` of `sorted` lies, interpolated as NumPy does. */
export function sortedQuantile(sorted: ArrayLike<number>, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const value = sorted[below] as number;
  const above = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return value + (position - below) * (above - value);
}
