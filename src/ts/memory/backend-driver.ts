// A store in JavaScript, registered or joblite's own, as `Store` asks for it. It may throw, reject,
// never answer, answer nonsense or call back: each call here ends, with what was asked for or with a
// `StoreError`. Nothing is held while it is under way.

import { type JobliteError, StoreError } from '../errors.js';
import { callEngine, type Engine } from '../wasm.js';
import { answerOf } from './backend-answer.js';
import { LockClaims } from './lock-claims.js';
import { lowered } from './lowered-operations.js';
import type { Operation, Part } from './store.js';
import type { StoreBackend, StoreEntry, StoreGuarantees } from './store-backend.js';
import type { ClaimAnswer, EntryColumns, ItemColumns, StoreDriver } from './store-driver.js';

export class BackendDriver implements StoreDriver {
  readonly guarantees: StoreGuarantees;
  readonly #engine: Engine;
  readonly #backend: StoreBackend;
  readonly #timeoutMs: number;
  readonly #claims: LockClaims;

  /** `name` tells its claims from those of other stores; an answer takes at most `timeoutMs`. */
  constructor(engine: Engine, backend: StoreBackend, name: string, timeoutMs: number) {
    this.#engine = engine;
    this.#backend = backend;
    this.#timeoutMs = timeoutMs;
    this.guarantees = backend.guarantees ?? {};
    this.#claims = new LockClaims(name, this.guarantees.shared === true, (path) => this.#has(path));
  }

  async read(path: string): Promise<Part[] | null> {
    const parts = (await this.#ask('read', () => this.#backend.read(path))) ?? null;
    if (parts === null) return null;
    if (!Array.isArray(parts) || !parts.every(isPart))
      throw nonsense('read', 'an array of Uint8Array and ArrayBuffer, or null');
    return parts as Part[];
  }

  async commit(operations: readonly Operation[], nowMs: number, strict: boolean): Promise<void> {
    const steps = await lowered(operations, nowMs, (path) => this.read(path));
    if (steps.length > 0) {
      const durability = strict ? 'strict' : 'relaxed';
      await this.#ask('commit', () => this.#backend.commit(steps, { durability }));
    }
    this.#claims.committed(operations);
  }

  async list(prefix: string, after: string | undefined, limit: number): Promise<EntryColumns> {
    const entries = await this.#entries(prefix);
    const from =
      after === undefined ? 0 : entries.findIndex(({ path }) => compare(path, after) > 0);
    return columns(from < 0 ? [] : entries.slice(from, from + limit));
  }

  async items(dir: string): Promise<ItemColumns> {
    const listed = columns(await this.#entries(dir));
    return callEngine(() => this.#engine.itemsOf(dir, listed));
  }

  async victims(
    dir: string,
    bytes?: number,
    items?: number,
    olderThanMs?: number,
  ): Promise<[paths: string[], sizes: number[]]> {
    const listed = columns(await this.#entries(dir));
    const claimed = this.#claims.paths();
    return callEngine(() =>
      this.#engine.victimsOf(dir, listed, claimed, bytes, items, olderThanMs),
    );
  }

  async totals(prefix: string): Promise<[count: number, size: number]> {
    const entries = await this.#entries(prefix);
    return [entries.length, entries.reduce((sum, { size }) => sum + size, 0)];
  }

  async oldest(prefix: string, n: number): Promise<EntryColumns> {
    const entries = await this.#entries(prefix);
    // Stable: by path where the time is the same.
    entries.sort((a, b) => a.lastAccess - b.lastAccess);
    return columns(entries.slice(0, n));
  }

  claim(path: string, owner: string, nowMs: number, replaces?: string): Promise<ClaimAnswer> {
    return this.#claims.claim(path, owner, nowMs, replaces);
  }

  async close(): Promise<void> {
    this.#claims.close();
    await this.#ask('close', () => this.#backend.close?.());
  }

  async #has(path: string): Promise<boolean> {
    const entries = await this.#entries(path);
    return entries.some((entry) => entry.path === path);
  }

  /** By path. */
  async #entries(prefix: string): Promise<StoreEntry[]> {
    const entries = await this.#ask('list', () => this.#backend.list(prefix));
    if (!Array.isArray(entries) || !entries.every(isEntry))
      throw nonsense('list', 'an array of { path, size, lastAccess }');
    const found = entries.filter(({ path }) => path.startsWith(prefix));
    return found.sort((a, b) => compare(a.path, b.path));
  }

  #ask<T>(method: keyof StoreBackend, run: () => T | Promise<T>): Promise<T> {
    return answerOf(`its ${method}()`, this.#timeoutMs, run);
  }
}

function columns(entries: readonly StoreEntry[]): EntryColumns {
  return [
    entries.map(({ path }) => path),
    entries.map(({ size }) => size),
    entries.map(({ lastAccess }) => lastAccess),
  ];
}

function isPart(value: unknown): value is Part {
  return value instanceof Uint8Array || value instanceof ArrayBuffer;
}

function isEntry(value: unknown): value is StoreEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { path, size, lastAccess } = value as Partial<StoreEntry>;
  return typeof path === 'string' && isAmount(size) && isAmount(lastAccess);
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}

function nonsense(method: string, expected: string): JobliteError {
  const reason = `its ${method}() gave something else than ${expected}`;
  return new StoreError('STORE_ABORTED', `the store failed: ${reason}`, { reason });
}

/** The order of paths in every store: by code points, which is that of their bytes in UTF-8. */
function compare(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
