// The entry `joblite/store-conformance`: what every store has to do, as checks for authors of stores.
// No framework: each check is a name and an async function that throws. joblite's own stores pass them.

import { JobliteError } from './errors.js';
import { checksOfClaims, checksOfEntries } from './memory/conformance-checks.js';
import { checksOfFailures, checksOfGuarantees } from './memory/conformance-guarantees.js';
import type { StoreGuarantees } from './memory/store-backend.js';

export type { StoreGuarantees } from './memory/store-backend.js';

/** What `storeConformance` takes. */
export interface ConformanceOptions {
  /** The store's name: one of joblite's, or one given to `registerStoreBackend` before. */
  readonly backend: string;
  /** What the store promises; each promise adds checks. */
  readonly guarantees?: StoreGuarantees | undefined;
  /** For 'local': an empty folder. */
  readonly location?: string | undefined;
}

/** One check. */
export interface ConformanceCheck {
  readonly name: string;
  /** Rejects, with what was found and what was expected, if the store does otherwise. */
  run(): Promise<void>;
}

/**
 * The checks for a store. Each uses a database of its own, which it empties in the end.
 *
 * @example
 * import { registerStoreBackend } from 'joblite';
 * import { storeConformance } from 'joblite/store-conformance';
 * registerStoreBackend('mine', ({ name }) => new MyStore(name));
 * for (const { name, run } of storeConformance({ backend: 'mine', guarantees: { durable: true } })) test(name, run);
 */
export function storeConformance(options: ConformanceOptions): ConformanceCheck[] {
  return [
    ...checksOfEntries,
    ...checksOfClaims,
    ...checksOfFailures,
    ...checksOfGuarantees(options.guarantees ?? {}),
  ].map(({ name, run }) => ({
    name: `${options.backend}: ${name}`,
    async run() {
      try {
        await run(options);
      } catch (error) {
        if (!(error instanceof JobliteError)) throw error;
        throw new Error(`${error.code}: ${error.message}`, { cause: error });
      }
    },
  }));
}
