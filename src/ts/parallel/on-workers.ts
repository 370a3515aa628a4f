// What `Parallel` needs only once tasks run on workers: a file of its own, loaded with the engine.

export { endOwned } from './pool.js';
export { FallBack, runOnWorkers } from './worker-call.js';
