// What `Store` asks of whatever keeps the bytes: the engine's own stores answer so, and
// `backend-driver.ts` makes a registered one answer so too. Types only.

import type { Operation, Part } from './store.js';

/** Entries as columns: paths, sizes in bytes, times of last access in ms since 1970. */
export type EntryColumns = [paths: string[], sizes: number[], lastAccessMs: number[]];
/** Results as columns. */
export type ItemColumns = [
  paths: string[],
  funcIds: string[],
  argsIds: string[],
  sizes: number[],
  lastAccessMs: number[],
];

/** The answer to a claim: the last one is who holds it, and since when (ms since 1970). */
export type ClaimAnswer = 'present' | 'granted' | [owner: string, atMs: number];

/** The methods of the engine's `StoreHandle`; `src/wasm/store.rs` documents them. */
export interface StoreDriver {
  read(path: string): Promise<Part[] | null>;
  commit(operations: readonly Operation[], nowMs: number, strict: boolean): Promise<unknown>;
  list(prefix: string, after: string | undefined, limit: number): Promise<EntryColumns>;
  items(dir: string): Promise<ItemColumns>;
  victims(
    dir: string,
    bytes: number | undefined,
    items: number | undefined,
    olderThanMs: number | undefined,
  ): Promise<[paths: string[], sizes: number[]]>;
  totals(prefix: string): Promise<[count: number, size: number]>;
  oldest(prefix: string, n: number): Promise<EntryColumns>;
  claim(
    path: string,
    owner: string,
    nowMs: number,
    replaces: string | undefined,
  ): Promise<ClaimAnswer>;
  close(): void | Promise<void>;
}
