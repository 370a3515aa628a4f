// What the checks of stores share: a store of their own, comparing, and entries to put.

import type { Entry, Operation, Part, Store } from './store.js';
import { openAnother } from './store.js';

/** A check before it knows its store. */
export interface StoreCheck {
  readonly name: string;
  run(options: StoreUnderTest): Promise<void>;
}

export interface StoreUnderTest {
  readonly backend: string;
  readonly location?: string | undefined;
}

/** The place of one check: a database that nobody else has, and a directory in it. */
export interface Place {
  readonly store: Store;
  readonly dir: string;
  /** Another connection to the same database. */
  another(): Promise<Store>;
}

let count = 0;

/** Gives a check its place, and empties it in the end. */
export function inPlace(run: (place: Place) => Promise<void>) {
  return async ({ backend, location }: StoreUnderTest): Promise<void> => {
    count += 1;
    const databasePrefix = `conformance-${Date.now()}-${count}`;
    const folder = location === undefined ? undefined : `${location}/${count}`;
    const stores: Store[] = [];
    const another = async () => {
      const store = await openAnother({ backend, databasePrefix, location: folder });
      stores.push(store);
      return store;
    };
    const store = await another();
    equal('the kind of the opened store', [store.kind, store.reason], [backend, undefined]);
    try {
      await run({ store, dir: `${folder ?? 'cache'}/joblib/`, another });
      await store.commit([['deletePrefix', '']]);
      equal('entries after all were removed', await store.list(''), []);
    } finally {
      for (const store of stores) await store.close();
    }
  };
}

/** Throws unless two plain values are the same. */
export function equal(what: string, found: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(found), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what}: found ${is}, expected ${should}`);
}

/** Throws unless the promise rejects with this code. */
export async function rejects(
  what: string,
  promise: Promise<unknown>,
  code: string,
): Promise<void> {
  const outcome = await promise.then(
    () => 'no error',
    (error: { code?: unknown; name?: unknown }) => error?.code ?? error?.name ?? String(error),
  );
  equal(what, outcome, code);
}

export const put = (path: string, ...bytes: number[]): Operation => [
  'put',
  path,
  [new Uint8Array(bytes)],
];

/** All bytes of an entry, or null. */
export function bytesOf(parts: readonly Part[] | null): number[] | null {
  return parts?.flatMap((part) => [...new Uint8Array(part as ArrayBuffer)]) ?? null;
}

export const paths = (entries: readonly Entry[]): string[] => entries.map(({ path }) => path);
