// Where the tasks of a call run: on workers, or in the caller's realm, also where workers or the engine
// cannot run, saying so once.

import { loadEngine } from '../wasm.js';
import type { Input } from './input.js';
import type { Settings } from './options.js';
import type { Slots } from './slots.js';

export { Input } from './input.js';
export { Slots } from './slots.js';

/** Loaded by the first call that uses workers. */
let onWorkers: typeof import('./on-workers.js') | undefined;

/** Ends the workers of a `Parallel`. */
export function endOwned(owner: object): void {
  onWorkers?.endOwned(owner);
}

/** Runs the tasks of one call; `owner` is the `Parallel` whose workers they use. */
export async function runTasks(
  input: Input,
  settings: Settings,
  slots: Slots,
  owner: object,
  signal: AbortSignal,
): Promise<unknown[]> {
  signal.throwIfAborted();
  const { nJobs, backend } = settings;
  // Files of their own, as a page needs one or the other.
  const here = async (nJobs: number) =>
    (await import('./run-here.js')).runHere(input, settings, nJobs, signal);
  if (backend === 'threading') return here(nJobs);
  if (backend === 'sequential' || nJobs === 1) return here(1);
  let engine: Awaited<ReturnType<typeof loadEngine>>;
  try {
    [engine, onWorkers] = await Promise.all([loadEngine(), import('./on-workers.js')]);
  } catch (error) {
    warnOnce(error instanceof Error ? error.message : String(error));
    return here(1);
  }
  try {
    return await onWorkers.runOnWorkers({ engine, input, settings, slots, owner, signal });
  } catch (error) {
    if (!(error instanceof onWorkers.FallBack)) throw error;
    warnOnce(error.message);
    return here(1);
  }
}

const warned = new Set<string>();

function warnOnce(why: string): void {
  if (warned.has(why)) return;
  warned.add(why);
  console.warn(
    `joblite: tasks run one after another in this thread, with the same results: ${why}`,
  );
}
