// The stores that were registered by name. A page that registers one needs no more yet.

import type { StoreBackendFactory } from './store-backend.js';

/** What is registered under a name. */
export interface RegisteredStore {
  readonly factory: StoreBackendFactory;
  readonly timeoutMs: number;
}

export const storeBackends = new Map<string, RegisteredStore>();

/** What joblite brings along. */
export const OWN_STORES = ['indexeddb', 'memory', 'opfs', 'local'];

/**
 * Makes a store known to `Memory`'s `backend`, as `joblib.register_store_backend` does.
 *
 * Differs from joblib: what is registered is a function that makes the store, and a name that is taken
 * needs `force`, where joblib replaces it without a word.
 *
 * @param name what `backend` calls it
 * @param factory makes a `StoreBackend`, also as a promise; called once for each name of a database
 * @param options `force`: it may take the place of one of that name; `timeoutMs`: how long one answer
 *   of the store may take, 60,000 unless said, after which the call fails with `STORE_BLOCKED`
 * @throws `TypeError` for a name or factory that is none; `RangeError` if the name is taken
 * @example
 * registerStoreBackend('mine', ({ name }) => new MyStore(name));
 * const memory = new Memory('cache', { backend: 'mine' });
 */
export function registerStoreBackend(
  name: string,
  factory: StoreBackendFactory,
  { force = false, timeoutMs = 60_000 }: { force?: boolean; timeoutMs?: number } = {},
): void {
  if (typeof name !== 'string')
    throw new TypeError(`Store backend name should be a string, '${String(name)}' given.`);
  if (typeof factory !== 'function')
    throw new TypeError(`Store backend should be a function, '${String(factory)}' given.`);
  if (!force && (storeBackends.has(name) || OWN_STORES.includes(name)))
    throw new RangeError(`Store backend '${name}' already registered.`);
  storeBackends.set(name, { factory, timeoutMs });
}
