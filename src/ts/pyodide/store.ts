// The store as Python's `_bridge.Store` knows it: whole contents, commits that begin at once and are
// waited for together. What it holds and where is Python's business; this is the shared database.

import { type Operation, openStore, type Part, type Store } from '../memory/store.js';

/** `['put', path, content]`, `['delete', path]` or `['deletePrefix', prefix]`. */
export type PlainOperation = [kind: string, path: string, content?: ArrayBuffer];

export class PyodideStore {
  readonly #databasePrefix: string;
  #opening: Promise<Store> | undefined;
  #underWay = new Set<Promise<void>>();
  #failures: string[] = [];

  constructor(databasePrefix: string) {
    this.#databasePrefix = databasePrefix;
    this.#open();
  }

  /** The store; where opening failed, whoever asks next tries again. */
  #open(): Promise<Store> {
    if (this.#opening) return this.#opening;
    const opening = openStore({ databasePrefix: this.#databasePrefix });
    this.#opening = opening;
    opening.then(
      ({ reason }) => {
        if (reason) this.#failures.push(`there is no IndexedDB here: ${reason}`);
      },
      // Told to whoever asks for something; nobody need ask.
      () => {
        this.#opening = undefined;
      },
    );
    return opening;
  }

  /** The content at `path`, in parts; undefined, which is None in Python, where nothing is. */
  async read(path: string): Promise<ArrayBuffer[] | undefined> {
    const parts = await (await this.#open()).read(path);
    return parts?.map(toBuffer);
  }

  /** Begins a transaction. */
  commit(plain: PlainOperation[]): void {
    const operations = plain.map(toOperation);
    const commit = this.#open()
      .then((store) => store.commit(operations))
      .catch((error: unknown) => {
        this.#failures.push(error instanceof Error ? error.message : String(error));
      })
      .then(() => void this.#underWay.delete(commit));
    this.#underWay.add(commit);
  }

  /** Notes that an entry was used; written a little later. */
  touch(path: string): void {
    this.#open().then(
      (store) => store.touch(path),
      // There is nothing to note it in.
      () => {},
    );
  }

  /** Whether `settled` has something to wait for, or to tell. */
  pending(): boolean {
    return this.#underWay.size > 0 || this.#failures.length > 0;
  }

  /** Resolves when all commits are through, with why those failed that did. */
  async settled(): Promise<string[]> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    return this.#failures.splice(0);
  }

  /** As `settled`, with the times of use written too. */
  async flush(): Promise<string[]> {
    await this.#open()
      .then((store) => store.flush())
      .catch(() => {});
    return this.settled();
  }

  /** Path, size in bytes and last access in ms since 1970, of all paths that start with `prefix`. */
  async list(prefix: string): Promise<[string, number, number][]> {
    const store = await this.#open();
    const entries = await store.list(prefix);
    return entries.map(({ path, size, lastAccess }) => [path, size, lastAccess]);
  }
}

/** Opens joblite's database; that it cannot be opened is told by what is asked of it. */
export function openPyodideStore(databasePrefix: string): PyodideStore {
  return new PyodideStore(databasePrefix);
}

function toBuffer(part: Part): ArrayBuffer {
  if (part instanceof ArrayBuffer) return part;
  // Parts are freshly made; one that is not a whole buffer is copied out.
  return part.slice().buffer as ArrayBuffer;
}

function toOperation([kind, path, content]: PlainOperation): Operation {
  switch (kind) {
    case 'put':
      return ['put', path, [content as ArrayBuffer]];
    case 'delete':
      return ['delete', path];
    case 'deletePrefix':
      return ['deletePrefix', path];
    default:
      throw new TypeError(`no operation of the store: ${kind}`);
  }
}
