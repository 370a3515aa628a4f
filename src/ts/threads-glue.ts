// The glue of joblite_threads.wasm, and the one file that imports it. Only workers load it: a page's
// main thread may not wait for rayon.

export {
  countThreads,
  default as instantiate,
  initThreadPool,
  ThreadedHasher,
  wbg_rayon_start_worker as runThread,
} from './generated/joblite_threads.js';
