// The worker that owns the rayon pool of joblite_threads.wasm, and waits for it as no page may.
// Started and ended by threads.ts, which starts and ends its threads too.

import { announceReady } from '../parallel/worker-ready.js';
import { countThreads, initThreadPool, instantiate, ThreadedHasher } from '../threads-glue.js';
import type { FromThreads, StartThreads, ToThreads } from '../threads-protocol.js';
import { startThreadsBy } from './rayon-start.js';

/** Hashed in pieces of this many bytes, so that shared memory, which never shrinks, stays small. */
const PIECE = 16 * 2 ** 20;

const post = (message: FromThreads, transfer: Transferable[] = []) =>
  postMessage(message, { transfer });

/** Called when the threads run that `startThreadsBy` asked for. */
let threadsRun: () => void;

startThreadsBy((count, run) => {
  post({ kind: 'needThreads', count, run });
  return new Promise((resolve) => {
    threadsRun = resolve;
  });
});
addEventListener('message', ({ data }: MessageEvent<ToThreads>) => void answer(data));
void announceReady({ postMessage: (message) => postMessage(message) });

async function answer(message: ToThreads): Promise<void> {
  try {
    if (message.kind === 'threadsRun') {
      threadsRun();
    } else if (message.kind === 'start') {
      post({ kind: 'started', threads: await start(message) });
    } else {
      const digest = hash(message.bytes);
      post({ kind: 'hashed', id: message.id, digest }, [digest.buffer]);
    }
  } catch (error) {
    post({
      kind: 'failed',
      id: message.kind === 'hash' ? message.id : null,
      message: String(error),
    });
  }
}

/** The pool must exist before anything touches rayon, which would otherwise make one without threads. */
async function start({ wasmUrl, threads }: StartThreads): Promise<number> {
  await instantiate({ module_or_path: wasmUrl });
  await initThreadPool(threads);
  return countThreads();
}

function hash(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const hasher = new ThreadedHasher();
  try {
    for (let start = 0; start < bytes.length; start += PIECE) {
      hasher.update(bytes.subarray(start, start + PIECE));
    }
    // The glue copies the digest out of the shared memory.
    return hasher.digest() as Uint8Array<ArrayBuffer>;
  } finally {
    hasher.free();
  }
}
