// Stands in for wasm-bindgen-rayon's own worker helper, whose `import('../../..')` no browser
// resolves and whose promise stays pending when a worker does not start. The build puts this file
// where the generated glue imports that helper.
//
// The threads are started by whoever started the worker that owns the pool (threads.ts), not by that
// worker: in Firefox 153 about one in ten `new Worker` inside a worker never returns.

import type { RunThread } from '../threads-protocol.js';

/** rayon's side of the start: how many threads it wants, and what they are given. */
interface PoolBuilder {
  numThreads(): number;
  /** The address of the channel from which a thread takes its work. */
  receiver(): number;
  /** Call it when all threads run. */
  build(): void;
}

/** Resolves when so many threads run. */
type StartThreads = (count: number, run: RunThread) => Promise<void>;

let start: StartThreads | undefined;

/** Says how threads are started. */
export function startThreadsBy(by: StartThreads): void {
  start = by;
}

/** Called by the glue. Stays pending when a thread does not start: the owner is then ended. */
export async function startWorkers(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  builder: PoolBuilder,
): Promise<void> {
  if (!start) throw new Error('threads are started for their owner only');
  await start(builder.numThreads(), { module, memory, receiver: builder.receiver() });
  builder.build();
}
