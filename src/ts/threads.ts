// Kernels on rayon threads, from the side that calls them: the worker that owns the pool is started
// at first need and ended when nothing has been asked of it for a while. Not a place for tasks; what
// users run in parallel is in parallel/.

import { SetupError } from './errors.js';
import { WorkerHandle } from './parallel/worker-handle.js';
import type { FromThread, FromThreads, RunThread, ToThreads } from './threads-protocol.js';

/** What runs on the threads. */
export interface ThreadsKernel {
  /** How many threads there are. */
  readonly threads: number;
  /** BLAKE3, 32 bytes. The bytes are copied before this returns. Rejects with THREADS_UNAVAILABLE. */
  hash(bytes: Uint8Array): Promise<Uint8Array>;
}

/** Loading a module of 64 kB and starting some workers takes well under a second where it works at all. */
const START_LIMIT_MS = 30_000;
const IDLE_LIMIT_MS = 30_000;

let pool: Pool | undefined;

/** Why there can be no threads here; null where there can. */
export function whyNoThreads(): string | null {
  if (typeof Worker === 'undefined') return 'there are no web workers here';
  if (!globalThis.crossOriginIsolated) {
    return 'the page is not cross-origin isolated: serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  }
  if (typeof SharedArrayBuffer === 'undefined') return 'this browser has no SharedArrayBuffer';
  return null;
}

/** The kernels, started if they are not. Rejects with THREADS_UNAVAILABLE and the reason; a later call tries again. */
export function threadsKernel(): Promise<ThreadsKernel> {
  return startPool();
}

/** BLAKE3 of the bytes on all threads, 32 bytes. They are copied before this returns. Rejects with THREADS_UNAVAILABLE. */
export async function hashBytesThreaded(bytes: Uint8Array): Promise<Uint8Array> {
  // Neither the caller's later changes nor what else its buffer holds may reach the worker.
  const copy = bytes.slice();
  return (await startPool()).hashOwn(copy);
}

/** Ends the threads and their worker; what is under way rejects with THREADS_UNAVAILABLE. */
export function endThreads(): void {
  pool?.end('they were ended');
}

function startPool(): Promise<Pool> {
  const why = whyNoThreads();
  if (why) return Promise.reject(unavailable(why));
  pool ??= new Pool();
  return pool.started;
}

function unavailable(reason: string): SetupError {
  return new SetupError('THREADS_UNAVAILABLE', `threads are not available: ${reason}`, { reason });
}

interface Settle<T> {
  resolve: (value: T) => void;
  reject: (error: SetupError) => void;
}

/** Starts a thread; resolves when it runs. `onWorker` is given it at once, to end it. */
function startThread(run: RunThread, onWorker: (thread: Worker) => void): Promise<void> {
  const thread = new Worker(new URL('./workers/rayon.worker.js', import.meta.url), {
    type: 'module',
  });
  onWorker(thread);
  return new Promise((resolve, reject) => {
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
    thread.postMessage(run);
  });
}

/** The worker that owns the rayon pool, its threads, and what has been asked of it. */
class Pool implements ThreadsKernel {
  threads = 0;
  readonly started: Promise<Pool>;

  #handle: WorkerHandle;
  #threads: Worker[] = [];
  #starting!: Settle<Pool>;
  #asked = new Map<number, Settle<Uint8Array>>();
  #nextId = 0;
  /** While starting: the limit of that; afterwards runs when nothing is asked. */
  #timer: ReturnType<typeof setTimeout>;

  constructor() {
    this.started = new Promise((resolve, reject) => {
      this.#starting = { resolve, reject };
    });
    this.#timer = setTimeout(
      () => this.end(`they did not start within ${START_LIMIT_MS / 1000} s`),
      START_LIMIT_MS,
    );
    this.#handle = new WorkerHandle({
      start: () =>
        new Worker(new URL('./workers/threads.worker.js', import.meta.url), { type: 'module' }),
      what: 'the worker of the threads',
      remedy: 'The package is served whole, workers/ and joblite_threads.wasm beside index.js.',
      onMessage: (data) => this.#receive(data as FromThreads),
      onGone: ({ text }) => this.end(text),
    });
    this.#handle.ready.then(
      () =>
        this.#post({
          kind: 'start',
          wasmUrl: new URL('./joblite_threads.wasm', import.meta.url).href,
          threads: navigator.hardwareConcurrency,
        }),
      (error: unknown) => this.end(error instanceof Error ? error.message : String(error)),
    );
  }

  async hash(bytes: Uint8Array): Promise<Uint8Array> {
    return this.hashOwn(bytes.slice());
  }

  /** The bytes are handed over: their buffer is theirs alone. */
  hashOwn(bytes: Uint8Array): Promise<Uint8Array> {
    clearTimeout(this.#timer);
    return new Promise((resolve, reject) => {
      if (pool !== this) return reject(unavailable('they were ended'));
      const id = this.#nextId++;
      this.#asked.set(id, { resolve, reject });
      this.#post({ kind: 'hash', id, bytes }, [bytes.buffer]);
    });
  }

  /** Ends the worker and its threads. */
  end(reason: string): void {
    clearTimeout(this.#timer);
    if (pool === this) pool = undefined;
    const error = unavailable(reason);
    this.#handle.terminate(error);
    for (const thread of this.#threads) thread.terminate();
    this.#starting.reject(error);
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
  }

  #post(message: ToThreads, transfer: Transferable[] = []): void {
    this.#handle.post(message, transfer);
  }

  async #startThreads(count: number, run: RunThread): Promise<void> {
    const keep = (thread: Worker) => this.#threads.push(thread);
    try {
      await Promise.all(Array.from({ length: count }, () => startThread(run, keep)));
      this.#post({ kind: 'threadsRun' });
    } catch (error) {
      this.end(error instanceof Error ? error.message : String(error));
    }
  }

  #receive(message: FromThreads): void {
    if (message.kind === 'needThreads') {
      void this.#startThreads(message.count, message.run);
      return;
    }
    if (message.kind === 'started') {
      this.threads = message.threads;
      this.#starting.resolve(this);
    } else if (message.kind === 'hashed') {
      this.#asked.get(message.id)?.resolve(message.digest);
      this.#asked.delete(message.id);
    } else {
      // A panic or an exhausted memory leaves the pool in no known state; the next call makes another.
      this.end(message.message);
    }
    if (this.#asked.size === 0 && pool === this) this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end('they were idle'), IDLE_LIMIT_MS);
  }
}
