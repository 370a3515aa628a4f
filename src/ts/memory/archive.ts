// A location as one file: a zip of joblib's directory, out and in. What comes in may be from anybody.

import { readDirectory, readEntry, type ZipEntry } from '../archive/zip-read.js';
import { ZipWriter } from '../archive/zip-write.js';
import { FormatError, JobliteError, makeError } from '../errors.js';
import { load } from '../files/calls.js';
import { callEngine, loadEngine } from '../wasm.js';
import type { Operation, Store } from './store.js';

/** The directory in the zip, as in a location. */
const TOP = 'joblib/';
/** An args_id as joblib and joblite make it. */
const ARGS_ID = /^[0-9a-f]{32}$/;
/** What a text may have: a source, or the description of a call. */
const TEXT_BYTES = 1 << 24;

/** What `importLocation` takes. */
export interface ImportOptions {
  /** Ends the import with `signal.reason`; results that were taken stay. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * All results below a location, as a zip that unpacks into the folder of a `joblib.Memory`.
 *
 * @throws `StoreError` as `Store.read`
 */
export async function exportLocation(store: Store, location: string): Promise<Blob> {
  const dir = await storeDir(location);
  const zip = new ZipWriter();
  const add = async (path: string, time: number): Promise<boolean> => {
    const parts = await store.read(path);
    if (parts) zip.add(TOP + path.slice(dir.length), parts, time);
    return parts !== null;
  };
  const functions = new Set<string>();
  for (const { path, funcId, lastAccess } of await store.items(location)) {
    // What was removed meanwhile is no result any more.
    if (!(await add(`${path}/output.pkl`, lastAccess))) continue;
    await add(`${path}/metadata.json`, lastAccess);
    if (functions.has(funcId)) continue;
    functions.add(funcId);
    await add(`${dir}${funcId}/func_code.py`, lastAccess);
  }
  return zip.finish();
}

/**
 * Takes the results of a zip into a location: joblib's directory, or one that `exportLocation` made.
 * Everything is checked before anything is taken: the zip, each checksum, and each output.pkl by
 * reading it without calling what it names. A result is taken whole or not at all.
 *
 * A result that is there already stays as it is, as does everything of a Python function whose source
 * is another one here. Files that are not joblib's are left out, Python's marks of trust among them.
 *
 * @returns how many results were taken
 * @throws `CORRUPT_DATA`, `TOO_LARGE`, `UNKNOWN_COMPRESSION`, `UNSUPPORTED_GLOBAL` and the other codes
 *   of `load` for what is refused, with `details.path`: nothing was taken; `StoreError` as `Store.commit`
 */
export async function importLocation(
  store: Store,
  location: string,
  blob: Blob,
  { signal }: ImportOptions = {},
): Promise<{ items: number }> {
  signal?.throwIfAborted();
  const dir = await storeDir(location);
  const results = resultsOf(await readDirectory(blob));
  for (const result of results) {
    signal?.throwIfAborted();
    await check(blob, result, signal);
  }
  const there = new Set((await store.items(location)).map(({ path }) => path));
  const sources = new Map<string, Operation[] | undefined>();
  let items = 0;
  for (const { funcId, argsId, output, metadata, source } of results) {
    signal?.throwIfAborted();
    const path = `${dir}${funcId}/${argsId}`;
    if (there.has(path)) continue;
    if (!sources.has(funcId))
      sources.set(funcId, await sourceToTake(store, dir, funcId, blob, source));
    const put = sources.get(funcId);
    if (put === undefined) continue;
    const operations: Operation[] = [
      ...put,
      ['put', `${path}/output.pkl`, [await readEntry(blob, output)]],
    ];
    if (metadata)
      operations.push(['put', `${path}/metadata.json`, [await readEntry(blob, metadata)]]);
    await store.commit(operations);
    sources.set(funcId, []);
    items += 1;
  }
  return { items };
}

/** A result in a zip. */
interface ZippedResult {
  readonly funcId: string;
  readonly argsId: string;
  readonly output: ZipEntry;
  readonly metadata: ZipEntry | undefined;
  /** func_code.py of its function. */
  readonly source: ZipEntry | undefined;
}

function resultsOf(entries: readonly ZipEntry[]): ZippedResult[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const results: ZippedResult[] = [];
  for (const output of entries) {
    const names = output.name.split('/');
    const [argsId = '', file] = names.slice(-2);
    const funcId = names.slice(1, -2).join('/');
    if (names[0] !== 'joblib' || file !== 'output.pkl' || funcId === '' || !ARGS_ID.test(argsId))
      continue;
    const metadata = byName.get(`${TOP}${funcId}/${argsId}/metadata.json`);
    const source = byName.get(`${TOP}${funcId}/func_code.py`);
    results.push({ funcId, argsId, output, metadata, source });
  }
  return results;
}

/** Reads all of a result, and keeps nothing. */
async function check(
  blob: Blob,
  { output, metadata, source }: ZippedResult,
  signal: AbortSignal | undefined,
): Promise<void> {
  await within(output, async () => {
    const bytes = await readEntry(blob, output);
    await load(bytes, { strict: true, signal });
  });
  for (const text of [metadata, source]) {
    if (!text) continue;
    await within(text, async () => {
      if (text.size > TEXT_BYTES)
        throw new FormatError(
          'TOO_LARGE',
          `a text of ${text.size} bytes, the limit is ${TEXT_BYTES}`,
          {
            offset: 0,
            what: 'a text',
            actual: text.size,
            limit: TEXT_BYTES,
          },
        );
      const bytes = await readEntry(blob, text);
      if (text === metadata) parse(bytes);
    });
  }
}

function parse(bytes: Uint8Array): void {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const details = { offset: 0, expected: 'JSON', actual: 'something else' };
    throw new FormatError('CORRUPT_DATA', 'corrupt data: expected JSON', details, { cause: error });
  }
}

/** Says of which file an error is. */
async function within(entry: ZipEntry, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof JobliteError)) throw error;
    const { code, message, details } = error;
    throw makeError(
      code,
      `${entry.name}: ${message}`,
      { ...details, path: entry.name },
      { cause: error },
    );
  }
}

/**
 * What writes func_code.py: nothing where it is there. Undefined if another source is there, of which
 * the results in the zip are not. A JavaScript function's results are kept apart by their args_id.
 */
async function sourceToTake(
  store: Store,
  dir: string,
  funcId: string,
  blob: Blob,
  source: ZipEntry | undefined,
): Promise<Operation[] | undefined> {
  const path = `${dir}${funcId}/func_code.py`;
  const there = await store.read(path);
  const bytes = source && (await readEntry(blob, source));
  if (there === null) return bytes ? [['put', path, [bytes]]] : [];
  if (funcId.startsWith('js/')) return [];
  const text = (parts: readonly (Uint8Array | ArrayBuffer)[]) =>
    new Blob(parts as BlobPart[]).text();
  return bytes && (await text(there)) === (await text([bytes])) ? [] : undefined;
}

async function storeDir(location: string): Promise<string> {
  const engine = await loadEngine();
  return callEngine(() => engine.storeDir(location));
}
