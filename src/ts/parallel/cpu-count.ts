// How many workers: joblib's rules for `n_jobs`.

/** joblib's texts and rules; a number of jobs as users give it. */
export type NJobs = number | null;

/**
 * The number of logical processors that the browser tells; 1 where it tells nothing.
 * `onlyPhysicalCores` is accepted as joblib's; no browser tells physical cores, so the number is the same.
 */
export function cpuCount(_options: { onlyPhysicalCores?: boolean } = {}): number {
  const count = typeof navigator === 'undefined' ? nodeCpuCount() : navigator.hardwareConcurrency;
  return Number.isInteger(count) && count > 0 ? count : 1;
}

/** Node has no `navigator` before version 21. */
function nodeCpuCount(): number {
  if (typeof process === 'undefined') return 1;
  const os = process.getBuiltinModule?.('node:os');
  return os?.availableParallelism() ?? 1;
}

/**
 * How many jobs `nJobs` means: null is 1, -1 is all processors, -2 all but one.
 *
 * @throws RangeError for 0, worded as joblib's ValueError; TypeError for what is no number.
 */
export function effectiveNJobs(nJobs: NJobs | undefined = -1): number {
  if (nJobs === null) return 1;
  if (typeof nJobs !== 'number' || Number.isNaN(nJobs))
    throw new TypeError(`nJobs could not be converted to int, got: ${String(nJobs)}`);
  const whole = Math.trunc(nJobs);
  if (whole === 0) throw new RangeError('nJobs == 0 in Parallel has no meaning');
  return whole > 0 ? whole : Math.max(cpuCount() + 1 + whole, 1);
}
