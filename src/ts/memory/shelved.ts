// Reading and removing a result by its reference, also where its `Memory` is not: in a worker.

import { JobliteError, makeError } from '../errors.js';
import { fromTape, pickleToTape } from '../values/index.js';
import { callEngine, loadEngine } from '../wasm.js';
import { isPickle, readCompressed } from './compressed.js';
import type { ResultPlace } from './memorized-result.js';
import { openStore, type Part, type Store } from './store.js';

/** The stores that references opened here; they stay open, as references do not tell when they end. */
const stores = new Map<string, Promise<Store>>();

function storeOf({ databasePrefix, backend, location }: ResultPlace): Promise<Store> {
  const key = JSON.stringify([databasePrefix, backend, backend === 'local' && location]);
  const known = stores.get(key);
  if (known) return known;
  const store = openStore({ databasePrefix, backend, location });
  stores.set(key, store);
  store.catch(() => stores.delete(key));
  return store;
}

async function directoryOf({ location, funcId, argsId }: ResultPlace): Promise<string> {
  const engine = await loadEngine();
  return `${callEngine(() => engine.storeDir(location))}${funcId}/${argsId}`;
}

/**
 * @throws StoreError ITEM_NOT_FOUND, and what the store rejects with
 * @throws FormatError CORRUPT_DATA
 */
export async function getResult(place: ResultPlace): Promise<unknown> {
  const engine = await loadEngine();
  const directory = await directoryOf(place);
  const path = `${directory}/output.pkl`;
  const store = await storeOf(place);
  let parts: Part[] | null;
  try {
    parts = await store.read(path);
    if (parts === null) {
      throw makeError(
        'ITEM_NOT_FOUND',
        `Non-existing item (may have been cleared).\nFile ${path} does not exist`,
        { path },
      );
    }
    const tape = isPickle(parts) ? pickleToTape(engine, parts) : await readCompressed(parts);
    store.touch(path);
    return fromTape(tape);
  } catch (cause) {
    if (!(cause instanceof JobliteError) || !/^(Format|Unsupported)Error$/.test(cause.name))
      throw cause;
    throw makeError(
      'CORRUPT_DATA',
      "Error while trying to load a MemorizedResult's value. It seems that this folder is corrupted : " +
        directory,
      { ...cause.details, path },
      { cause },
    );
  }
}

/** Removes the result with all its files. */
export async function clearResult(place: ResultPlace): Promise<void> {
  const directory = await directoryOf(place);
  await (await storeOf(place)).commit([['deletePrefix', `${directory}/`]]);
}
