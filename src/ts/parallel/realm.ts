// What kind of thread this is.

/** Whether this code runs in a worker, of the web or of Node. */
export function inWorker(): boolean {
  if (isNode()) return process.getBuiltinModule?.('node:worker_threads')?.isMainThread === false;
  return 'WorkerGlobalScope' in globalThis;
}

/** Whether this is Node: a browser's page may have a `process` that some library put there. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && typeof process.versions?.node === 'string';
}

/** Whether this thread shows a page, which freezes while code runs. */
export function onPage(): boolean {
  return !isNode() && !inWorker();
}

/**
 * Whether this document belongs to no origin, as in `<iframe sandbox="allow-scripts">`: browsers give it
 * neither storage nor locks, nor workers of any server. A page from a file has its own rules.
 */
export function hasOpaqueOrigin(): boolean {
  return globalThis.origin === 'null' && globalThis.location?.protocol !== 'file:';
}
