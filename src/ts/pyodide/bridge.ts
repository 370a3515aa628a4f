// The JavaScript that the Python wheel carries: what Python's `_bridge.PyodideBridge` calls in the
// page. Bundled to one script whose value is the object below, since Python can evaluate a text but
// not load a module.

import { setWasmModule } from '../wasm.js';
import { hasJspi, originOf } from './interpreter.js';
import { PyodidePool } from './pool.js';
import { openPyodideStore, type PyodideStore } from './store.js';

let engine: Promise<WebAssembly.Module> | undefined;

/** What Python sees as `_joblite_web`, in the page and, without the pool, in a worker. */
export const web = {
  inWorker: false,
  hasJspi,

  cpuCount(): number {
    return navigator.hardwareConcurrency ?? 1;
  },

  /** Gives the bytes of joblite.wasm, which is compiled once for the page and its workers. */
  setEngine(bytes: ArrayBuffer): void {
    engine = WebAssembly.compile(bytes);
    setWasmModule(engine);
  },

  /** Opens a pool whose workers load Pyodide from where `pyodide` came from. */
  openPool(
    pyodide: object,
    packages: ArrayBuffer,
    databasePrefix: string,
    workerUrl: string | null | undefined,
    workerSource: string | null | undefined,
  ): PyodidePool {
    const { indexUrl, lockFileUrl } = originOf(pyodide);
    const url = workerUrl
      ? new URL(workerUrl, location.href)
      : URL.createObjectURL(new Blob([workerSource ?? ''], { type: 'text/javascript' }));
    const init = Promise.resolve(engine)
      .catch(() => null)
      .then((module) => ({
        joblite: 'pyodide-init' as const,
        indexUrl,
        lockFileUrl,
        packages,
        engine: module ?? null,
        databasePrefix,
      }));
    return new PyodidePool({ url, remedy: remedyFor(workerUrl), init });
  },

  openStore(databasePrefix: string): PyodideStore {
    return openPyodideStore(databasePrefix);
  },
};

function remedyFor(workerUrl: string | null | undefined): string {
  return workerUrl
    ? `register(worker_url=...) must name the pyodide.worker.js of this joblite; it is ${workerUrl}`
    : 'Where the page allows no workers from blob:, register(worker_url=...) says where pyodide.worker.js is';
}
