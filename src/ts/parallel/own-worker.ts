// Starting joblite's own worker (`workers/pool.worker.ts`), which runs `fromModule` and source text.

import { opaqueImport } from '../opaque-import.js';
import type { Factory } from './functions.js';
import { isNode } from './realm.js';
import type { AnyWorker, NodeWorker } from './worker-handle.js';

export const ownFactory: Factory = {
  start: () => (isNode() ? startInNode() : startInBrowser()),
  fallback: startFromSource,
  what: "joblite's worker",
  remedy:
    "Its file workers/pool.worker.js was not found beside joblite's own, and the Content-Security-Policy forbids workers from blobs. With Vite's dev server put optimizeDeps: { exclude: ['joblite'] } into vite.config; otherwise serve the folder dist/workers with dist/index.js.",
};

function startInBrowser(): AnyWorker {
  return new Worker(new URL('./workers/pool.worker.js', import.meta.url), { type: 'module' });
}

async function startInNode(): Promise<AnyWorker> {
  const threads = await opaqueImport<typeof import('node:worker_threads')>('node:worker_threads');
  return new threads.Worker(
    new URL('./workers/pool.worker.js', import.meta.url),
  ) as unknown as NodeWorker;
}

/**
 * The same worker from its text, where a bundler's dev server moved joblite's code and left the
 * worker's file behind.
 */
async function startFromSource(): Promise<AnyWorker> {
  const { poolWorkerSource } = await import('./own-worker-source.js');
  const url = URL.createObjectURL(new Blob([poolWorkerSource], { type: 'text/javascript' }));
  const worker = new Worker(url, { type: 'module' });
  // The script is fetched after this turn; it reads the same blob under Firefox and WebKit as well.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return worker;
}
