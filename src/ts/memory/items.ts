// What a `Memory` holds: listing it, its size, forgetting all of it, and carrying it elsewhere.

import { callEngine, loadEngine } from '../wasm.js';
import type { ImportOptions } from './archive.js';
import type { Home } from './home.js';
import { requireStore } from './home-store.js';
import { type ItemMetadata, readMetadata } from './metadata.js';

/** A result that a `Memory` holds. */
export interface CacheItem {
  /** Its directory. */
  readonly path: string;
  /** Whose result it is: `js/<name>`, or a Python function's. */
  readonly funcId: string;
  /** For which arguments, as a hash. */
  readonly argsId: string;
  /** Bytes. */
  readonly size: number;
  /** When it was last used. */
  readonly lastAccess: Date;
  /** Only with `{ metadata: true }`; missing where it is damaged. */
  readonly metadata?: ItemMetadata;
}

/** How much is kept, and how much may be. */
export interface Estimate {
  /** The results at this location. */
  readonly items: number;
  /** Their bytes. */
  readonly bytes: number;
  /** The bytes that this site keeps in the browser, in all its databases, about; where it tells. */
  readonly usage: number | undefined;
  /** The bytes that it may keep, about. */
  readonly quota: number | undefined;
  /** Whether the browser keeps them even when it runs out of room; see `memory.persist`. */
  readonly persisted: boolean;
}

export async function itemsOf(home: Home, withMetadata: boolean): Promise<CacheItem[]> {
  const store = await requireStore(home);
  const items: CacheItem[] = (await store.items(home.location)).map((item) => ({
    ...item,
    lastAccess: new Date(item.lastAccess),
  }));
  if (!withMetadata) return items;
  return Promise.all(
    items.map(async (item) => {
      const metadata = await readMetadata(store, item.path);
      return metadata ? { ...item, metadata } : item;
    }),
  );
}

/** Without a `home` there are no results. */
export async function estimateOf(home: Home | undefined): Promise<Estimate> {
  const items = home ? await itemsOf(home, false) : [];
  const storage = globalThis.navigator?.storage;
  // Where a browser refuses to tell, the rest is still known.
  const { usage, quota }: StorageEstimate = (await storage?.estimate?.().catch(() => ({}))) ?? {};
  const persisted = (await storage?.persisted?.().catch(() => false)) ?? false;
  const bytes = items.reduce((sum, { size }) => sum + size, 0);
  return { items: items.length, bytes, usage, quota, persisted };
}

export async function clearAll(home: Home): Promise<void> {
  home.sources.clear();
  const store = await requireStore(home);
  const engine = await loadEngine();
  const dir = callEngine(() => engine.storeDir(home.location));
  await store.commit([['deletePrefix', dir]]);
}

export async function exportHome(home: Home): Promise<Blob> {
  const [{ exportLocation }, store] = await Promise.all([
    import('./archive.js'),
    requireStore(home),
  ]);
  return exportLocation(store, home.location);
}

export async function importHome(
  home: Home,
  archive: Blob,
  options: ImportOptions,
): Promise<{ items: number }> {
  const [{ importLocation }, store] = await Promise.all([
    import('./archive.js'),
    requireStore(home),
  ]);
  const imported = await importLocation(store, home.location, archive, options);
  // With sources of their functions.
  home.sources.clear();
  return imported;
}
