// joblite_codecs.wasm: the compressors, loaded once, on first need. The one file that
// imports its glue.

import { fromEngine, SetupError } from './errors.js';
import { besideEngine, compileWasm, remedy } from './wasm.js';

/** What the module exports; see `src/wasm/compress.rs`. */
export type Codecs = Pick<
  typeof import('./generated/joblite_codecs.js'),
  'Compressor' | 'Decompressor'
>;

let loading: Promise<Codecs> | undefined;
let compiled: WebAssembly.Module | Promise<WebAssembly.Module> | undefined;
let url: string | URL | undefined;
let panicked: SetupError | undefined;

/** Where the module is loaded from: beside the engine. */
function codecsUrl(): string | URL {
  return (
    url ?? besideEngine('joblite_codecs.wasm') ?? new URL('./joblite_codecs.wasm', import.meta.url)
  );
}

/** Where the module is loaded from instead; takes effect before the first load. */
export function setCodecsUrl(from: string | URL): void {
  url = from;
}

/** The compiled module, where the caller has it; takes effect before the first load. */
export function setCodecsModule(module: WebAssembly.Module): void {
  compiled = module;
}

/**
 * The compiled module, for a worker that is to have it so: what it runs often is then compiled well
 * once for all, also for the workers that come after it.
 */
export function codecsModule(): Promise<WebAssembly.Module> {
  compiled ??= compileWasm(codecsUrl()).catch((error: unknown) => {
    compiled = undefined;
    throw new SetupError(
      'NOT_INITIALIZED',
      `joblite_codecs.wasm, which has the compressors, could not be loaded; ${remedy()}`,
      {},
      { cause: error },
    );
  });
  return Promise.resolve(compiled);
}

/** Loads the module, or gives the one that is loaded. A failed load is tried again by the next call. */
export function loadCodecs(): Promise<Codecs> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Codecs> {
  const [glue, wasm] = await Promise.all([import('./generated/joblite_codecs.js'), codecsModule()]);
  await glue.default({ module_or_path: wasm });
  glue.setPanicHandler((message: string) => {
    panicked ??= new SetupError(
      'WASM_PANICKED',
      `joblite's compressors stopped: ${message}; reload the page`,
    );
  });
  return glue;
}

/** Runs a call into the module; its errors become joblite's. */
export function callCodecs<T>(run: () => T): T {
  if (panicked) throw panicked;
  try {
    return run();
  } catch (error) {
    throw panicked ?? fromEngine(error);
  }
}
