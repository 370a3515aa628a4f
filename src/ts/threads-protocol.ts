// The messages between threads.ts, the worker that owns the rayon pool, and that pool's threads.
// Types only, no imports.

/** To the worker: load the module and start the threads. */
export interface StartThreads {
  kind: 'start';
  wasmUrl: string;
  threads: number;
}

/** To the worker: BLAKE3 of the bytes. */
export interface HashBytes {
  kind: 'hash';
  id: number;
  bytes: Uint8Array;
}

/** To the worker: the threads that it needed run. */
export interface ThreadsRun {
  kind: 'threadsRun';
}

export type ToThreads = StartThreads | HashBytes | ThreadsRun;

/** From the worker. `failed` without an id is about the start. */
export type FromThreads =
  | { kind: 'needThreads'; count: number; run: RunThread }
  | { kind: 'started'; threads: number }
  | { kind: 'hashed'; id: number; digest: Uint8Array }
  | { kind: 'failed'; id: number | null; message: string };

/** To a thread: the module, its shared memory, and the address of the channel that brings its work. */
export interface RunThread {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  receiver: number;
}

/** From a thread, before it enters rayon's loop. */
export type FromThread = { kind: 'running' } | { kind: 'failed'; message: string };
