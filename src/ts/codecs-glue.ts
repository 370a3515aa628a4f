// joblite_codecs.wasm: the compressors, loaded once, on first need. The one file that
// imports its glue.

import { fromEngine, SetupError } from './errors.js';
import { besideEngine, readWasm, remedy } from './wasm.js';

/** What the module exports; see `src/wasm/compress.rs`. */
export type Codecs = Pick<
  typeof import('./generated/joblite_codecs.js'),
  'Compressor' | 'Decompressor'
>;

let loading: Promise<Codecs> | undefined;
let url: string | URL | undefined;
let panicked: SetupError | undefined;

/** Where the module is loaded from: beside the engine. A worker that loads it for itself is told. */
export function codecsUrl(): string | URL {
  return (
    url ?? besideEngine('joblite_codecs.wasm') ?? new URL('./joblite_codecs.wasm', import.meta.url)
  );
}

/** Where the module is loaded from instead; takes effect before the first load. */
export function setCodecsUrl(from: string | URL): void {
  url = from;
}

/** Loads the module, or gives the one that is loaded. A failed load is tried again by the next call. */
export function loadCodecs(): Promise<Codecs> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw new SetupError(
      'NOT_INITIALIZED',
      `joblite_codecs.wasm, which has the compressors, could not be loaded; ${remedy()}`,
      {},
      { cause: error },
    );
  });
  return loading;
}

async function load(): Promise<Codecs> {
  const [glue, wasm] = await Promise.all([
    import('./generated/joblite_codecs.js'),
    readWasm(codecsUrl()),
  ]);
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
