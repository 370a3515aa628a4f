// A Pyodide worker: a Python of its own, from where the page's came from, with the page's joblib and
// joblite; it runs one task after another. Bundled to one file without imports, so that it starts from
// a blob: URL as well.

import { opaqueImport } from '../opaque-import.js';
import { announceReady } from '../parallel/worker-ready.js';
import { hasJspi, type Pyodide, type PyProxy } from '../pyodide/interpreter.js';
import type { InitMessage, ResultMessage, TaskMessage } from '../pyodide/protocol.js';
import { openPyodideStore } from '../pyodide/store.js';
import { setWasmModule } from '../wasm.js';

interface PyodideModule {
  loadPyodide(options: { indexURL: string; lockFileURL?: string }): Promise<Pyodide>;
}

interface WorkerScope {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
let run: PyProxy;

scope.addEventListener('message', ({ data }: MessageEvent<InitMessage | TaskMessage>) => {
  const work = data.joblite === 'pyodide-init' ? start(data) : runTask(data);
  // An error event is the only thing that a worker that cannot go on can tell its pool.
  work.catch((error: unknown) =>
    setTimeout(() => {
      throw error;
    }),
  );
});

async function start(message: InitMessage): Promise<void> {
  const { indexUrl, lockFileUrl, packages, engine, databasePrefix } = message;
  const { loadPyodide } = await opaqueImport<PyodideModule>(`${indexUrl}pyodide.mjs`);
  const pyodide = await loadPyodide({
    indexURL: indexUrl,
    ...(lockFileUrl ? { lockFileURL: lockFileUrl } : {}),
  });
  const site = pyodide.runPython('import site; site.getsitepackages()[0]') as string;
  pyodide.unpackArchive(packages, 'zip', { extractDir: site });
  if (engine) setWasmModule(engine);
  pyodide.registerJsModule('_joblite_web', {
    inWorker: true,
    hasJspi,
    cpuCount: () => navigator.hardwareConcurrency ?? 1,
    openStore: openPyodideStore,
  });
  pyodide.runPython('import importlib; importlib.invalidate_caches()');
  const worker = pyodide.pyimport('joblite._worker');
  worker.prepare?.(databasePrefix);
  run = worker.run as PyProxy;
  await announceReady(scope);
}

async function runTask({ id, payload }: TaskMessage): Promise<void> {
  // A task that waits, for the cache, can only do so under JSPI; the others do not mind.
  const result = (await (hasJspi() ? run.callPromising(payload) : run(payload))) as PyProxy;
  const parts: ArrayBuffer[] = [];
  for (let i = 1; i < result.length; i++) parts.push(copyOut(result.get(i) as PyProxy));
  const state = result.get(0) as ResultMessage['state'];
  result.destroy();
  const message: ResultMessage = { joblite: 'pyodide-result', id, state, payload: parts };
  scope.postMessage(message, parts);
}

/** Python's bytes lie in wasm memory, which cannot be handed over. */
function copyOut(bytes: PyProxy): ArrayBuffer {
  const view = bytes.getBuffer('u8');
  try {
    return view.data.slice().buffer as ArrayBuffer;
  } finally {
    view.release();
    bytes.destroy();
  }
}
