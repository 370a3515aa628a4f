// The backends by name. `workers` also answers to joblib's names for processes.

import { inWorker } from './realm.js';

export type BackendName = 'workers' | 'loky' | 'multiprocessing' | 'threading' | 'sequential';

const BACKENDS: Record<BackendName, 'workers' | 'threading' | 'sequential'> = {
  loky: 'workers',
  multiprocessing: 'workers',
  sequential: 'sequential',
  threading: 'threading',
  workers: 'workers',
};

/** The backend that `name` means; without one, workers, and in a worker none: joblib does not nest processes either. */
export function resolveBackend(
  name: BackendName | undefined,
): 'workers' | 'threading' | 'sequential' {
  if (name === undefined) return inWorker() ? 'sequential' : 'workers';
  if (Object.hasOwn(BACKENDS, name)) return BACKENDS[name];
  const names = Object.keys(BACKENDS).map((known) => `'${known}'`);
  throw new RangeError(`Invalid backend: ${name}, expected one of [${names.join(', ')}]`);
}
