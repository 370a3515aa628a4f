// What the functions of a `Memory` share. Types only; what is done with it lies in home-store.ts.

import type { Settings } from './memory-options.js';
import type { Store } from './store.js';

export interface Home {
  readonly location: string;
  readonly backend: string;
  readonly databasePrefix: string;
  readonly settings: Settings;
  /** When the `Memory` was made, in ms since 1970: joblib's lines tell times from there. */
  readonly madeMs: number;
  /** Whether the directory's func_code.py is known to be this source. */
  readonly sources: Map<string, string>;
  /** The store, since it was opened. */
  store?: Promise<Store> | undefined;
  /** What has to be done before the store is closed; see keep-limits.ts. */
  beforeClose?: (() => Promise<void>) | undefined;
}
