// The messages between the pool of Pyodide workers and its workers. Types only, no imports.

/** The first message: where Pyodide comes from and what it gets. */
export interface InitMessage {
  joblite: 'pyodide-init';
  /** The folder of `pyodide.mjs`, with its last slash. */
  indexUrl: string;
  /** The lock file, where it is not the one in that folder. */
  lockFileUrl: string | null;
  /** A zip archive for site-packages: joblib, cloudpickle, joblite. */
  packages: ArrayBuffer;
  /** The compiled joblite.wasm; null where it could not be compiled: then there is no store. */
  engine: WebAssembly.Module | null;
  databasePrefix: string;
}

/** A task: the pickle of a callable, then its buffers. */
export interface TaskMessage {
  joblite: 'pyodide-task';
  id: number;
  payload: ArrayBuffer[];
}

/** How a task ended: `done` with the pickle of what it returned, `failed` with that of what it raised. */
export interface ResultMessage {
  joblite: 'pyodide-result';
  id: number;
  state: 'done' | 'failed';
  payload: ArrayBuffer[];
}
