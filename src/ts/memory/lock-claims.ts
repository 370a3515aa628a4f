// Claims on the entries of a store in JavaScript, which has no rows for them: where other tabs see its
// entries a claim is a Web Lock, held until the result is committed, and gone with whoever held it.
// Without Web Locks, as where nobody else sees the entries, a claim holds in this realm.

import type { Operation } from './store.js';
import type { ClaimAnswer } from './store-driver.js';

interface Held {
  readonly owner: string;
  readonly atMs: number;
  readonly letGo: () => void;
}

export class LockClaims {
  readonly #name: string;
  readonly #shared: boolean;
  readonly #has: (path: string) => Promise<boolean>;
  readonly #held = new Map<string, Held>();

  /** Of the store `name`; `has` says whether there is an entry at a path. */
  constructor(name: string, shared: boolean, has: (path: string) => Promise<boolean>) {
    this.#name = name;
    this.#shared = shared;
    this.#has = has;
  }

  /** As `Store::claim` of `src/store/mod.rs`. */
  async claim(
    path: string,
    owner: string,
    nowMs: number,
    replaces: string | undefined,
  ): Promise<ClaimAnswer> {
    const held = this.#held.get(path);
    if (held === undefined) {
      const letGo = await this.#lock(path);
      // Claims names the lock of a holder after it, so waiting for that one is waiting for the claim.
      if (letGo === undefined)
        return (await this.#has(path)) ? 'present' : [this.#holder(path), nowMs];
      this.#held.get(path)?.letGo();
      this.#held.set(path, { owner, atMs: nowMs, letGo });
    }
    // With the claim in hand: whoever had it before may have committed the entry meanwhile.
    let present: boolean;
    try {
      present = await this.#has(path);
    } catch (error) {
      if (held === undefined) this.#release(path);
      throw error;
    }
    if (present) {
      if (held === undefined) this.#release(path);
      return 'present';
    }
    if (held && held.owner !== owner && held.owner !== replaces) return [held.owner, held.atMs];
    return 'granted';
  }

  /** Gives up the claims that were released, and those below a removed prefix. */
  committed(operations: readonly Operation[]): void {
    for (const [kind, path] of operations) {
      if (kind === 'release') this.#release(path);
      if (kind === 'deletePrefix')
        for (const held of this.paths()) if (held.startsWith(path)) this.#release(held);
    }
  }

  /** What this realm claims. */
  paths(): string[] {
    return [...this.#held.keys()];
  }

  close(): void {
    for (const path of this.paths()) this.#release(path);
  }

  #release(path: string): void {
    this.#held.get(path)?.letGo();
    this.#held.delete(path);
  }

  #holder(path: string): string {
    return `claim ${this.#name} ${path}`;
  }

  /** What lets the lock go; undefined if somebody else has it. */
  #lock(path: string): Promise<(() => void) | undefined> {
    const locks = globalThis.navigator?.locks;
    if (!this.#shared || !locks) return Promise.resolve(() => {});
    return new Promise((resolve) => {
      const name = `joblite-owner-${this.#holder(path)}`;
      locks
        .request(name, { ifAvailable: true }, (lock) => {
          if (!lock) return resolve(undefined);
          return new Promise<void>((letGo) => resolve(letGo));
        })
        // A page that is going away is granted nothing: it computes for itself.
        .catch(() => resolve(() => {}));
    });
  }
}
