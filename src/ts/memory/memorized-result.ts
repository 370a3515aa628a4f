// A reference to a result in the store, and what stands in its place where nothing is kept.

import { makeError } from '../errors.js';
import type { ItemMetadata } from './metadata.js';

/** What tells where a result lies. */
export interface ResultPlace {
  readonly location: string;
  readonly backend: string;
  readonly databasePrefix: string;
  readonly funcId: string;
  readonly argsId: string;
}

/**
 * A reference to a result that is kept: what `f.callAndShelve` gives. It is small, and reaches a worker by
 * `postMessage`, or storage by `structuredClone`; there `MemorizedResult.from` makes it whole again.
 *
 * @example
 * const result = await f.callAndShelve(data);
 * worker.postMessage(result); // there: await MemorizedResult.from(event.data).get()
 */
export class MemorizedResult<T = unknown> implements ResultPlace {
  /** The location of its `Memory`. */
  readonly location: string;
  readonly backend: string;
  readonly databasePrefix: string;
  /** Whose result it is: `js/<name>`. */
  readonly funcId: string;
  /** For which arguments, as a hash. */
  readonly argsId: string;
  /** What is known of it; nothing where that was damaged. */
  readonly metadata: Partial<ItemMetadata>;

  /** @internal */
  constructor(
    { location, backend, databasePrefix, funcId, argsId }: ResultPlace,
    metadata: Partial<ItemMetadata> = {},
  ) {
    this.location = location;
    this.backend = backend;
    this.databasePrefix = databasePrefix;
    this.funcId = funcId;
    this.argsId = argsId;
    this.metadata = metadata;
  }

  /**
   * Makes a result, or a `NotMemorizedResult`, of its structured clone.
   *
   * @throws `TypeError` for anything else
   */
  static from<T = unknown>(clone: unknown): MemorizedResult<T> | NotMemorizedResult<T> {
    const given = Object(clone) as ResultPlace & { metadata?: Partial<ItemMetadata> };
    if (typeof (given as { valid?: unknown }).valid === 'boolean') {
      return NotMemorizedResult.from(given as unknown as NotMemorizedResult<T>);
    }
    if (typeof given.funcId !== 'string' || typeof given.argsId !== 'string') {
      throw new TypeError(`MemorizedResult.from: expected the clone of a result, got ${clone}`);
    }
    return new MemorizedResult(given, given.metadata);
  }

  /**
   * Reads the result, anew at each call.
   *
   * @throws StoreError ITEM_NOT_FOUND if it is not kept any more, and what the store rejects with
   * @throws FormatError CORRUPT_DATA if it is damaged
   */
  async get(): Promise<T> {
    return (await import('./on-demand.js')).getResult(this) as Promise<T>;
  }

  /** Forgets the result. */
  async clear(): Promise<void> {
    await (await import('./on-demand.js')).clearResult(this);
  }

  /** As joblib prints it. */
  toString(): string {
    return `MemorizedResult(location="${this.location}", func="${this.funcId}", args_id="${this.argsId}")`;
  }
}

/** Takes the place of a `MemorizedResult` where there is no cache: holds the value itself. */
export class NotMemorizedResult<T = unknown> {
  /** The value, until it is cleared. */
  value: T | undefined;
  /** Whether it was not cleared. */
  valid = true;
  /** Nothing is known of it. */
  readonly metadata: Partial<ItemMetadata> = {};

  /** @internal */
  constructor(value: T) {
    this.value = value;
  }

  /** @internal */
  static from<T>({ value, valid }: NotMemorizedResult<T>): NotMemorizedResult<T> {
    return Object.assign(new NotMemorizedResult(value as T), { valid });
  }

  /** @throws StoreError ITEM_NOT_FOUND if it was cleared */
  async get(): Promise<T> {
    if (!this.valid) throw makeError('ITEM_NOT_FOUND', 'No value stored.');
    return this.value as T;
  }

  /** Lets go of the value. */
  async clear(): Promise<void> {
    this.valid = false;
    this.value = undefined;
  }

  /** As joblib prints it. */
  toString(): string {
    return `NotMemorizedResult${this.valid ? `(${String(this.value)})` : ' with no value'}`;
  }
}
