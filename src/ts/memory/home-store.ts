// The store of a `Memory`: opened when it is needed first, and what is said where it fails.

import { JobliteError } from '../errors.js';
import type { Home } from './home.js';
import { ramOf } from './ram.js';
import { openStore, type Store } from './store.js';
import { warnOnce } from './warnings.js';

/** The stores whose removals are listened to, and for which locations. */
const listening = new WeakMap<Store, Set<string>>();

/** Tells databases apart. */
export function databaseKey({ backend, databasePrefix }: Home): string {
  return `${backend} ${databasePrefix}`;
}

/** The store, for what is of no use without it. */
export function requireStore(home: Home): Promise<Store> {
  if (home.store) return home.store;
  const opening = open(home);
  home.store = opening;
  opening.catch(() => {
    if (home.store === opening) home.store = undefined;
  });
  return opening;
}

/** The store, or undefined where it cannot be had; the user has been told. */
export async function storeOf(home: Home): Promise<Store | undefined> {
  try {
    return await requireStore(home);
  } catch (error) {
    failed(home, error);
    return undefined;
  }
}

/** Writes what waits and lets go of the database. */
export async function closeHome(home: Home): Promise<void> {
  await home.beforeClose?.();
  const { store } = home;
  home.store = undefined;
  await (await store)?.close();
}

/** Tells the user, once, that the cache failed. */
export function failed(home: Home, error: unknown): void {
  const code = error instanceof JobliteError ? error.code : String(error);
  const text = error instanceof Error ? error.message : String(error);
  const message =
    code === 'QUOTA_EXCEEDED'
      ? `the storage of this site is full: results are computed but not kept. memory.clear() makes room (${text})`
      : `the cache cannot be used; results are computed without it (${text})`;
  warnOnce(`failed ${home.databasePrefix} ${code}`, message);
}

async function open(home: Home): Promise<Store> {
  const { databasePrefix, backend, location, settings } = home;
  const store = await openStore({ databasePrefix, backend, location });
  if (store.reason !== undefined)
    warnOnce(`memory ${store.name}`, withoutStore(backend, store.reason));
  const locations = listening.get(store) ?? new Set();
  listening.set(store, locations);
  if (!locations.has(location)) {
    locations.add(location);
    const ram = ramOf(databaseKey(home), location);
    store.onRemoved((path) => ram.removed(path));
  }
  // Nobody waits for an answer that the user may have to give.
  if (settings.persist) globalThis.navigator?.storage?.persist?.().catch(() => {});
  return store;
}

function withoutStore(backend: string, reason: string): string {
  const what = backend === 'indexeddb' ? 'IndexedDB' : `store '${backend}'`;
  const here = typeof window === 'undefined' ? 'process ends' : 'page is closed';
  return `there is no ${what} to use (${reason}): results are kept in memory, until this ${here}`;
}
