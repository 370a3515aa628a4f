// What a store of one's own has to do: the interface behind `registerStoreBackend`, and behind the
// stores 'opfs' and 'local', which are written against it too. Types only.

/** A piece of an entry; the entry is the concatenation of its parts. */
export type StorePart = Uint8Array | ArrayBuffer;

/** What a store knows about an entry without reading it. */
export interface StoreEntry {
  readonly path: string;
  /** Bytes of all parts. */
  readonly size: number;
  /** When it was written or used last, in ms since 1970. */
  readonly lastAccess: number;
}

/**
 * One step of a commit. A path is any text without U+FFFF and without lone surrogates, such as
 * 'cache/joblib/js/f/0a1b/output.pkl'; a prefix is plain text too, so a directory's ends with '/'.
 *
 * - `put` writes an entry, or replaces it; `lastAccessMs` is now
 * - `delete` removes an entry, `deletePrefix` all whose path starts with the prefix; none is no error
 * - `touch` notes that an entry was used. It never creates one and never makes its time older
 */
export type StoreOperation =
  | readonly ['put', path: string, parts: readonly StorePart[], lastAccessMs: number]
  | readonly ['delete', path: string]
  | readonly ['deletePrefix', prefix: string]
  | readonly ['touch', path: string, lastAccessMs: number];

/** What a store promises beyond the least; joblite relies on it, and `joblite/store-conformance` checks it. */
export interface StoreGuarantees {
  /**
   * A commit happens as a whole or not at all. Without it each put does: then a result can lack its
   * metadata, but is never torn.
   */
  readonly atomic?: boolean;
  /** Other pages, workers or processes that open a store of the same name have the same entries. */
  readonly shared?: boolean;
  /** What was committed is there again when the store is opened later, after a reload too. */
  readonly durable?: boolean;
}

/**
 * A store of bytes on paths, for `registerStoreBackend`. Methods may be asynchronous, and are called
 * while others are under way. Operations on a path happen in the order of their commits.
 *
 * A method that fails rejects with any error. One of the `StoreError` class, such as a
 * `QUOTA_EXCEEDED` that makes joblite evict and try again, is passed on, as is a DOMException of the
 * name QuotaExceededError; every other one becomes `STORE_ABORTED`.
 *
 * @example
 * const entries = new Map(); // path -> { bytes, lastAccess }
 * const backend = {
 *   async read(path) {
 *     const entry = entries.get(path);
 *     return entry ? [entry.bytes.slice()] : null;
 *   },
 *   async commit(operations) {
 *     // Made before anything is changed: if this fails, nothing happened.
 *     const bytes = await Promise.all(
 *       operations.map(([kind, , parts]) => (kind === 'put' ? new Blob(parts).arrayBuffer() : undefined)),
 *     );
 *     operations.forEach(([kind, path, , lastAccess], i) => {
 *       if (kind === 'put') entries.set(path, { bytes: new Uint8Array(bytes[i]), lastAccess });
 *       if (kind === 'delete') entries.delete(path);
 *       if (kind === 'deletePrefix') for (const key of entries.keys()) if (key.startsWith(path)) entries.delete(key);
 *       const entry = kind === 'touch' && entries.get(path);
 *       if (entry) entry.lastAccess = Math.max(entry.lastAccess, operations[i][2]);
 *     });
 *   },
 *   async list(prefix) {
 *     return [...entries]
 *       .filter(([path]) => path.startsWith(prefix))
 *       .map(([path, { bytes, lastAccess }]) => ({ path, size: bytes.length, lastAccess }));
 *   },
 * };
 */
export interface StoreBackend {
  /** Nothing beyond the least, unless said. */
  readonly guarantees?: StoreGuarantees | undefined;
  /**
   * The parts of an entry, or null. They are the caller's, who may change them: no entry changes with
   * them. Where the boundaries of the parts are is free, but a large part that was put as an
   * `ArrayBuffer` is used without a copy if it comes back as one.
   */
  read(path: string): readonly StorePart[] | null | Promise<readonly StorePart[] | null>;
  /**
   * Performs the operations in their order. When it is done, the parts are the caller's again.
   * `durability` 'strict' asks to wait for the disk, where that means something.
   */
  commit(
    operations: readonly StoreOperation[],
    options: { readonly durability: 'relaxed' | 'strict' },
  ): void | Promise<void>;
  /** All entries whose path starts with `prefix`, in any order. Reads no content. */
  list(prefix: string): readonly StoreEntry[] | Promise<readonly StoreEntry[]>;
  /** Lets go of what it holds; what was committed stays. */
  close?(): void | Promise<void>;
}

/** Makes a store, or gives one that is there. `name` tells databases apart: 'my-app-joblite-1'. */
export type StoreBackendFactory = (options: {
  readonly name: string;
}) => StoreBackend | Promise<StoreBackend>;
