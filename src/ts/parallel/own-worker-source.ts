// The text of joblite's own worker: a file of its own, because hardly any page needs it.

/** The bundle of `workers/pool.worker.ts`, put in by the build (src/build/typescript.mjs). */
declare const POOL_WORKER_SOURCE: string;

export const poolWorkerSource = POOL_WORKER_SOURCE;
