// Once, across tabs: who computes an entry that is missing, and how the others wait.
// A claim is a row beside the entries, written by the transaction that found the entry missing; this
// file is the waiting. A claimant that lives holds a Web Lock of its own name; one that is gone has
// lost it, and whoever waits for it takes over. Without Web Locks claimants are asked: presence.ts.

import { Presence, type PresenceMessage, type Watch } from './presence.js';
import { quietChannel } from './quiet-channel.js';
import type { ClaimAnswer } from './store-driver.js';

/** How a claim ended; see `Store.claim`. */
export type ClaimOutcome = 'granted' | 'present' | 'expired';

/** What a claim takes. */
export interface ClaimOptions {
  /** How long to wait for another claimant, in ms. Default 300,000. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 300_000;
/** How often a waiter looks for itself where there are no Web Locks. */
const POLL_MS = 250;

/** The claims of this realm in one database. */
export class Claims {
  readonly #name: string;
  readonly #shared: boolean;
  readonly #ask: (
    path: string,
    owner: string,
    replaces: string | undefined,
  ) => Promise<ClaimAnswer>;
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #presence = new Presence((message) => this.#open().postMessage(message));
  #channel: BroadcastChannel | undefined;

  /** `shared` where other realms see the same claims. */
  constructor(
    name: string,
    shared: boolean,
    ask: (path: string, owner: string, replaces: string | undefined) => Promise<ClaimAnswer>,
  ) {
    this.#name = name;
    this.#shared = shared;
    this.#ask = ask;
  }

  async claim(path: string, { timeoutMs = TIMEOUT_MS }: ClaimOptions = {}): Promise<ClaimOutcome> {
    const end = Date.now() + timeoutMs;
    let replaces: string | undefined;
    let watched: (Watch & { readonly holder: string }) | undefined;
    try {
      for (;;) {
        const owner = this.#shared ? await currentOwner() : { id: 'this process', locked: false };
        // Listening begins before asking: a release between the two is not missed.
        const released = this.#listen(path);
        try {
          const answer = await this.#ask(path, owner.id, replaces);
          if (typeof answer === 'string') return answer;
          const [holder, atMs] = answer;
          const leftMs = end - Date.now();
          if (leftMs <= 0) return 'expired';
          if (watched?.holder !== holder) {
            watched?.leave();
            watched = { ...(owner.locked ? watch(holder) : this.#presence.watch(holder)), holder };
          }
          const delayMs = owner.locked ? leftMs : Math.min(POLL_MS, leftMs);
          const gone = await waitFor(released.promise, watched.gone, delayMs);
          const old = !owner.locked && Date.now() - atMs > timeoutMs;
          replaces = gone || old ? holder : undefined;
          if (gone) {
            // A holder of the same name may follow: it is watched anew.
            watched.leave();
            watched = undefined;
          }
        } finally {
          released.stop();
        }
      }
    } finally {
      watched?.leave();
    }
  }

  /** Tells every waiter, here and in other tabs, that claims were released. */
  released(paths: readonly string[]): void {
    if (!this.#shared) return;
    this.#open().postMessage(paths);
    this.#tell(paths);
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  #listen(path: string): { promise: Promise<void>; stop: () => void } {
    if (this.#shared) this.#open();
    const waiting = this.#waiting.get(path) ?? new Set();
    this.#waiting.set(path, waiting);
    let stop = () => {};
    const promise = new Promise<void>((resolve) => {
      waiting.add(resolve);
      stop = () => {
        waiting.delete(resolve);
        if (waiting.size === 0 && this.#waiting.get(path) === waiting) this.#waiting.delete(path);
      };
    });
    return { promise, stop };
  }

  #tell(paths: readonly string[]): void {
    for (const path of paths) for (const resolve of this.#waiting.get(path) ?? []) resolve();
  }

  #open(): BroadcastChannel {
    if (!this.#channel) {
      this.#channel = quietChannel(`${this.#name}-released`, (data) => {
        if (Array.isArray(data)) this.#tell(data);
        else this.#presence.receive(data as PresenceMessage, currentId);
      });
    }
    return this.#channel;
  }
}

/** Waits until the claim is released, its holder is gone (then true), or the time is up. */
async function waitFor(
  released: Promise<void>,
  gone: Promise<boolean>,
  delayMs: number,
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), delayMs);
  });
  try {
    return await Promise.race([released.then(() => false), gone, late]);
  } finally {
    clearTimeout(timer);
  }
}

interface Queued {
  readonly gone: Promise<boolean>;
  readonly stop: AbortController;
  users: number;
}

/** Which owners are waited for: one queued lock request for all who wait for the same. */
const watches = new Map<string, Queued>();

function watch(holder: string): Watch {
  let known = watches.get(holder);
  if (!known) {
    const stop = new AbortController();
    const gone = navigator.locks
      .request(lockName(holder), { mode: 'shared', signal: stop.signal }, () => true)
      .catch(() => false);
    known = { gone, stop, users: 0 };
    watches.set(holder, known);
  }
  const current = known;
  current.users += 1;
  const leave = () => {
    current.users -= 1;
    if (current.users > 0) return;
    watches.delete(holder);
    current.stop.abort();
  };
  return { gone: current.gone, leave };
}

interface Owner {
  readonly id: string;
  /** Whether the owner holds its lock, so that its end is noticed. */
  readonly locked: boolean;
}

const lockName = (owner: string) => `joblite-owner-${owner}`;

let owner: Promise<Owner> | undefined;
/** The id of `owner`, by which other realms ask for it. */
let currentId: string | undefined;
let letGo: (() => void) | undefined;
let listening = false;

/** Who this page or worker is; from its first claim on it holds a lock for as long as it lives. */
function currentOwner(): Promise<Owner> {
  owner ??= newOwner();
  if (!listening && typeof addEventListener === 'function') {
    listening = true;
    // A page that comes back from the back/forward cache may have been taken for gone.
    addEventListener('pageshow', (event) => {
      if (!event.persisted) return;
      letGo?.();
      letGo = undefined;
      owner = undefined;
      currentId = undefined;
    });
  }
  return owner;
}

function newOwner(): Promise<Owner> {
  const id = uuid();
  currentId = id;
  const locks = globalThis.navigator?.locks;
  if (!locks) return Promise.resolve({ id, locked: false });
  return new Promise((resolve) => {
    locks
      .request(lockName(id), () => {
        resolve({ id, locked: true });
        return new Promise<void>((release) => {
          letGo = release;
        });
      })
      .catch(() => resolve({ id, locked: false }));
  });
}

/** `crypto.randomUUID` exists in secure contexts only. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
