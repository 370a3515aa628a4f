// joblib's `expires_after`.

import { type Duration, durationMs } from './duration.js';
import type { ItemMetadata } from './metadata.js';

/**
 * A `cacheValidationCallback` that has a result computed again after a time.
 *
 * @throws `TypeError` for what is no duration
 * @example
 * const prices = memory.cache(fetchPrices, { cacheValidationCallback: expiresAfter({ minutes: 10 }) });
 */
export function expiresAfter(duration: Duration): (metadata: ItemMetadata) => boolean {
  const ms = durationMs('expiresAfter', duration);
  return ({ time }) => Date.now() - time.getTime() < ms;
}
