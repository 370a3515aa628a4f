// The wasm engine: loaded once, on first use. The one file that imports the generated glue.
// After a panic the instance is poisoned: calls under way and later ones fail with WASM_PANICKED.

import { fromEngine, SetupError } from './errors.js';
import { opaqueImport } from './opaque-import.js';

/** What the engine exports; see `src/wasm/`. */
export type Engine = Omit<
  typeof import('./generated/joblite.js'),
  'default' | 'initSync' | 'setPanicHandler'
>;

let loading: Promise<Engine> | undefined;
let loaded: Engine | undefined;
let wasmUrl: string | URL | undefined;
let wasmModule: WebAssembly.Module | Promise<WebAssembly.Module> | undefined;
let panicked: SetupError | undefined;
/** Rejects the engine's calls that are under way. */
const underWay = new Set<(error: SetupError) => void>();

/** What is of no use without the engine, and so is loaded with it. */
const companions: (() => Promise<void>)[] = [];

/** Has `load` called, and waited for, whenever the engine is loaded. */
export function loadWithEngine(load: () => Promise<void>): void {
  companions.push(load);
}

/** Where the engine is loaded from instead of beside this file; takes effect before the first load. */
export function setWasmUrl(url: string | URL): void {
  wasmUrl = url;
}

/** The compiled engine, where the caller has it; takes effect before the first load. */
export function setWasmModule(module: WebAssembly.Module | Promise<WebAssembly.Module>): void {
  wasmModule = module;
}

/** Loads the engine, or gives the one that is loaded. A failed load is tried again by the next call. */
export function loadEngine(): Promise<Engine> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw new SetupError(
      'NOT_INITIALIZED',
      `joblite.wasm could not be loaded; ${remedy()}`,
      {},
      { cause: error },
    );
  });
  return loading;
}

/** The engine if it is loaded: what has to be done before a call returns is done now, or from a tape later. */
export function loadedEngine(): Engine | undefined {
  return loaded;
}

/**
 * The dev server of Vite 7 and older moves a package's script into a cache and leaves its other files
 * behind; from Vite 8 on it moves the URLs too (https://github.com/vitejs/vite/pull/21434).
 */
export function remedy(): string {
  return import.meta.url.includes('/.vite/deps')
    ? "add optimizeDeps: { exclude: ['joblite'] } to vite.config, or use Vite 8"
    : 'serve it beside index.js, or say by init({ wasmUrl }) where it is';
}

async function load(): Promise<Engine> {
  // A file of its own: what only imports the package loads neither the engine nor its glue.
  const [glue, wasm] = await Promise.all([
    import('./generated/joblite.js'),
    engineModule(),
    ...companions.map((load) => load()),
  ]);
  await glue.default({ module_or_path: wasm });
  glue.setPanicHandler((message: string) => {
    panicked ??= new SetupError(
      'WASM_PANICKED',
      `joblite's engine stopped: ${message}; reload the page`,
    );
    for (const reject of underWay) reject(panicked);
    underWay.clear();
  });
  loaded = glue;
  return glue;
}

/** Where the engine is loaded from: a worker that has an engine of its own is told. */
export function engineUrl(): string | URL {
  return wasmUrl ?? new URL('./joblite.wasm', import.meta.url);
}

/** The engine as it was compiled here, for a worker that is to have it so. */
export function engineModule(): Promise<WebAssembly.Module> {
  wasmModule ??= compileWasm(engineUrl()).catch((error: unknown) => {
    wasmModule = undefined;
    throw error;
  });
  return Promise.resolve(wasmModule);
}

/** A file beside the engine's, where `init` said where that is. */
export function besideEngine(name: string): URL | undefined {
  if (wasmUrl === undefined) return undefined;
  return new URL(name, new URL(wasmUrl, globalThis.location?.href ?? import.meta.url));
}

/** Fetches and compiles a wasm module. */
export async function compileWasm(url: string | URL): Promise<WebAssembly.Module> {
  if (String(url).startsWith('file:')) return WebAssembly.compile(await readFile(url));
  const response = await fetch(url);
  return WebAssembly.compileStreaming(response).catch(async (error: unknown) => {
    if (!response.ok || response.bodyUsed) throw error;
    // Of a server that does not call it application/wasm.
    return WebAssembly.compile(await response.arrayBuffer());
  });
}

/** Node's `fetch` does not read files. */
async function readFile(url: string | URL): Promise<BufferSource> {
  const { readFile } = await opaqueImport<typeof import('node:fs/promises')>('node:fs/promises');
  return (await readFile(new URL(url))) as Uint8Array<ArrayBuffer>;
}

/** Runs a synchronous call into the engine; its errors become joblite's. */
export function callEngine<T>(run: () => T): T {
  if (panicked) throw panicked;
  try {
    return run();
  } catch (error) {
    throw panicked ?? fromEngine(error);
  }
}

/** Awaits a promise of the engine; a panic rejects it, however long it would have hung. */
export function awaitEngine<T>(run: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (panicked) return reject(panicked);
    underWay.add(reject);
    callEngine(run)
      .then(resolve, (error: unknown) => reject(panicked ?? fromEngine(error)))
      .finally(() => underWay.delete(reject));
  });
}
