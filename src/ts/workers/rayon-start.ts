// Stands in for wasm-bindgen-rayon's own worker helper, whose `import('../../..')` no browser
// resolves and whose promise stays pending when a worker does not start. The build puts this file
// where the generated glue imports that helper.
//
// The glue runs in the worker that owns the pool and in the pool's threads; only the former has a
// way to start threads, so that a thread's bundle does not name itself as a worker, which bundlers
// refuse.

import type { FromThread, RunThread } from '../threads-protocol.js';

/** rayon's side of the start: how many threads it wants, and what they are given. */
interface PoolBuilder {
  numThreads(): number;
  /** The address of the channel from which a thread takes its work. */
  receiver(): number;
  /** Call it when all threads run. */
  build(): void;
}

let newThread: (() => Worker) | undefined;
/** Kept, because Firefox collects workers that nothing holds: https://bugzilla.mozilla.org/show_bug.cgi?id=1702191 */
const threads: Worker[] = [];

/** Says how a thread's worker is made. */
export function startThreadsWith(make: () => Worker): void {
  newThread = make;
}

/** Called by the glue. Rejects when a thread does not start; the owner is then of no use. */
export async function startWorkers(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  builder: PoolBuilder,
): Promise<void> {
  const message: RunThread = { module, memory, receiver: builder.receiver() };
  await Promise.all(Array.from({ length: builder.numThreads() }, () => startThread(message)));
  builder.build();
}

function startThread(message: RunThread): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!newThread) throw new Error('threads are started by their owner only');
    const thread = newThread();
    // From the start on: one that is collected while it starts never answers.
    threads.push(thread);
    thread.addEventListener('error', (event) => {
      event.preventDefault();
      reject(new Error(event.message || 'the script of a thread could not be loaded'));
    });
    thread.addEventListener('messageerror', () => {
      reject(new Error('a thread could not be given the shared memory'));
    });
    thread.addEventListener('message', ({ data }: MessageEvent<FromThread>) => {
      if (data.kind === 'running') resolve();
      else reject(new Error(data.message));
    });
    thread.postMessage(message);
  });
}
