// A store in a tree of folders and files, an entry a file: what 'opfs' and 'local' have in common.
// A file is written whole or not at all, which is the tree's business; a commit of several files is
// done in their order.

import type {
  StoreBackend,
  StoreEntry,
  StoreGuarantees,
  StoreOperation,
  StorePart,
} from './store-backend.js';

/** A file below a folder: its names from the top on. */
export interface TreeFile {
  readonly names: readonly string[];
  readonly size: number;
  readonly lastAccess: number;
}

/** The platform's side. Folders are made where they are missing; what is not there is no error. */
export interface Tree {
  read(names: readonly string[]): Promise<StorePart[] | null>;
  /** Writes a file, or replaces it: a reader sees the old one or the new one. */
  write(names: readonly string[], parts: readonly StorePart[], strict: boolean): Promise<void>;
  /** Notes that a file was used, if there is one and its time is older. */
  touch(names: readonly string[], lastAccessMs: number): Promise<void>;
  /** Removes a file, or a folder with all that is in it. */
  remove(names: readonly string[]): Promise<void>;
  /** All files below a folder. */
  files(names: readonly string[]): Promise<TreeFile[]>;
}

export class TreeStore implements StoreBackend {
  readonly guarantees: StoreGuarantees = { shared: true, durable: true };
  readonly #tree: Tree;
  readonly #root: string;
  readonly #check: (name: string) => void;
  #last: Promise<void> = Promise.resolve();

  /** All paths begin with `root`, which is empty or ends with '/'. `check` throws for a name that is none. */
  constructor(tree: Tree, root: string, check: (name: string) => void) {
    this.#tree = tree;
    this.#root = root;
    this.#check = check;
  }

  read(path: string): Promise<StorePart[] | null> {
    return this.#tree.read(this.#names(path));
  }

  commit(
    operations: readonly StoreOperation[],
    { durability }: { readonly durability: 'relaxed' | 'strict' },
  ): Promise<void> {
    // One after the other: the order of commits is kept.
    const done = this.#last.then(async () => {
      for (const operation of operations) await this.#perform(operation, durability === 'strict');
    });
    this.#last = done.catch(() => {});
    return done;
  }

  async list(prefix: string): Promise<StoreEntry[]> {
    if (!this.#reaches(prefix)) return [];
    const files = await this.#tree.files(this.#folder(prefix));
    const entries = files.map(({ names, ...facts }) => ({
      path: this.#root + names.join('/'),
      ...facts,
    }));
    return entries.filter(({ path }) => path.startsWith(prefix));
  }

  async #perform(operation: StoreOperation, strict: boolean): Promise<void> {
    const [kind, path] = operation;
    if (kind === 'put') return this.#tree.write(this.#names(path), operation[2], strict);
    if (kind === 'touch') return this.#tree.touch(this.#names(path), operation[2]);
    if (kind === 'delete') return this.#tree.remove(this.#names(path));
    if (!this.#reaches(path)) return;
    if (path.endsWith('/') || path.length <= this.#root.length)
      return this.#tree.remove(this.#folder(path));
    for (const entry of await this.list(path)) await this.#tree.remove(this.#names(entry.path));
  }

  /** Whether a prefix has anything to do with what is below the root. */
  #reaches(prefix: string): boolean {
    return prefix.startsWith(this.#root) || this.#root.startsWith(prefix);
  }

  /** The innermost folder that holds everything of a prefix. */
  #folder(prefix: string): string[] {
    const names = prefix.slice(this.#root.length).split('/').slice(0, -1);
    for (const name of names) this.#check(name);
    return names;
  }

  #names(path: string): string[] {
    const names = path.slice(this.#root.length).split('/');
    if (!path.startsWith(this.#root)) throw new RangeError(`${path} is not below ${this.#root}`);
    for (const name of names) this.#check(name);
    return names;
  }
}
