// Settings of the whole package, and loading its engine ahead of the first use.

import { loadEngine, setWasmUrl } from './wasm.js';

/** What `init` takes. */
export interface InitOptions {
  /** Where `joblite.wasm` is, if not beside joblite's own script. */
  readonly wasmUrl?: string | URL | undefined;
  /** Separates applications that share an origin: each prefix has a database of its own. */
  readonly databasePrefix?: string | undefined;
  /** Not supported yet: only false is taken. */
  readonly debug?: boolean | undefined;
}

let prefix = '';

/** The prefix of the database of a `Memory` that is made now. */
export function databasePrefix(): string {
  return prefix;
}

/**
 * Sets what holds for the whole page and loads the engine. Not needed: everything loads what it uses.
 * Settings count from here on, so call it before anything else.
 *
 * @returns a promise that is done when the engine is loaded; it may be left alone
 * @throws `TypeError` for a setting that is not known or not supported
 * @example
 * await init({ databasePrefix: 'my-app' });
 */
export function init(options: InitOptions = {}): Promise<void> {
  const { wasmUrl, databasePrefix, debug, ...unknown } = options;
  for (const name of Object.keys(unknown)) throw new TypeError(`init: unknown option ${name}`);
  if (debug) throw new TypeError('init: debug is not supported yet; leave it out');
  if (databasePrefix !== undefined) {
    if (typeof databasePrefix !== 'string') {
      throw new TypeError(`init: databasePrefix must be a string, got ${typeof databasePrefix}`);
    }
    prefix = databasePrefix;
  }
  if (wasmUrl !== undefined) setWasmUrl(wasmUrl);
  const loaded = loadEngine().then(() => {});
  // Whoever uses the engine is told too: a promise that is left alone must not be an unhandled one.
  loaded.catch(() => {});
  return loaded;
}
