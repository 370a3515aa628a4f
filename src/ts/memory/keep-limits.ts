// Holding a Memory's limits after results were stored: a little later, not after each one, and so that it
// takes a small part of the time only.

import type { Home } from './home.js';
import { failed, requireStore } from './home-store.js';
import type { LimitSettings } from './memory-options.js';

/** joblib's reduce_size: results that were not used for longest go, until the limits hold. */
export async function reduceSize(
  home: Home,
  { bytesLimit, itemsLimit, ageLimitMs }: LimitSettings,
): Promise<{ items: number; bytes: number }> {
  const olderThanMs = ageLimitMs === undefined ? undefined : Date.now() - ageLimitMs;
  const store = await requireStore(home);
  return store.reduceSize(home.location, { bytesLimit, itemsLimit, olderThanMs });
}

/** How long stores are gathered before it is looked whether the limits hold. */
const DELAY_MS = 250;
/** Looking takes one part in so many of the time at most. */
const SHARE = 20;

/** Until when it has been looked for the limits of a `Memory`, in ms of `performance.now`. */
const restsUntil = new WeakMap<Home, number>();

/** A result was stored: the limits will be looked after. */
export function keepLimits(home: Home): void {
  const { bytesLimit, itemsLimit, ageLimitMs } = home.settings;
  if ((bytesLimit ?? itemsLimit ?? ageLimitMs) === undefined || home.beforeClose) return;
  const run = async () => {
    clearTimeout(timer);
    home.beforeClose = undefined;
    const start = performance.now();
    // Others hold the limits too; a cache that is too large for a while is no reason to fail.
    await reduceSize(home, home.settings).catch((error) => failed(home, error));
    const end = performance.now();
    restsUntil.set(home, end + SHARE * (end - start));
  };
  const restMs = (restsUntil.get(home) ?? 0) - performance.now();
  const timer = setTimeout(run, Math.max(DELAY_MS, restMs));
  // Node ends meanwhile; a page that is closed does, too.
  if (typeof timer === 'object') (timer as { unref(): void }).unref();
  home.beforeClose = run;
}
