// The store as Python's `_bridge.Store` knows it: whole contents, commits that begin at once and are
// waited for together. What it holds and where is Python's business; this is the shared database.

import { openStore, type Operation, type Part, type Store } from '../memory/store.js';

/** `['put', path, content]`, `['delete', path]`, `['deletePrefix', prefix]` or `['touch', path]`. */
export type PlainOperation = [kind: string, path: string, content?: ArrayBuffer];

/** How many rows are listed at a time. */
const PAGE = 1000;

export class PyodideStore {
  #opening: Promise<Store>;
  #underWay = new Set<Promise<void>>();
  #failures: string[] = [];

  constructor(opening: Promise<Store>) {
    this.#opening = opening;
    // Told to whoever asks for something; nobody need ask.
    opening.catch(() => {});
  }

  /** The content at `path`, in parts; null where nothing is. */
  async read(path: string): Promise<ArrayBuffer[] | null> {
    const parts = await (await this.#opening).read(path);
    return parts?.map(toBuffer) ?? null;
  }

  /** Begins a transaction. */
  commit(plain: PlainOperation[]): void {
    const operations = plain.map(([kind, path, content]) => toOperation(kind, path, content));
    const commit = this.#opening
      .then((store) => store.commit(operations))
      .catch((error: unknown) => {
        this.#failures.push(error instanceof Error ? error.message : String(error));
      })
      .then(() => void this.#underWay.delete(commit));
    this.#underWay.add(commit);
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

  /** Path, size in bytes and last access in ms since 1970, of all paths that start with `prefix`. */
  async list(prefix: string): Promise<[string, number, number][]> {
    const store = await this.#opening;
    const rows: [string, number, number][] = [];
    let after: string | undefined;
    for (;;) {
      const page = await store.list(prefix, { limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const { path, size, lastAccess } of page) rows.push([path, size, lastAccess]);
      if (page.length < PAGE) return rows;
      after = page.at(-1)?.path;
    }
  }
}

/** Opens joblite's database; that it cannot be opened is told by what is asked of it. */
export function openPyodideStore(databasePrefix: string): PyodideStore {
  return new PyodideStore(openStore({ databasePrefix }));
}

function toBuffer(part: Part): ArrayBuffer {
  if (part instanceof ArrayBuffer) return part;
  return part.slice().buffer as ArrayBuffer;
}

function toOperation(kind: string, path: string, content: ArrayBuffer | undefined): Operation {
  switch (kind) {
    case 'put':
      return { put: path, parts: [content as ArrayBuffer] };
    case 'delete':
      return { delete: path };
    case 'deletePrefix':
      return { deletePrefix: path };
    default:
      return { touch: path };
  }
}
