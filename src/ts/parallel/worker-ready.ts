// The worker's half of the handshake with `worker-handle.ts`: takes the lock by which its death is
// noticed, then says that it is ready. Works in workers of the web and of Node.

import type { ReadyMessage } from './protocol.js';
import { isNode } from './realm.js';

/** What a worker talks through: its global scope, or Node's `parentPort`. */
export interface WorkerPort {
  postMessage(message: unknown, transfer?: Transferable[]): void;
}

/**
 * Holds the Web Lock `joblite-worker-<uuid>` until the worker ends, then posts a {@link ReadyMessage}.
 * Call it when the worker can take messages: listeners first.
 */
export async function announceReady(port: WorkerPort): Promise<void> {
  const message: ReadyMessage = { joblite: 'ready', lock: await holdLock() };
  port.postMessage(message);
}

/** The name of the lock once it is held; null where there are no Web Locks (insecure contexts, Node, opaque origins). */
function holdLock(): Promise<string | null> {
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks;
  // Node's locks reach no other thread in every version, and its `exit` event is better.
  if (!locks || isNode()) return Promise.resolve(null);
  const name = `joblite-worker-${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    const forever = new Promise<never>(() => {});
    locks
      .request(name, () => {
        resolve(name);
        return forever;
      })
      .catch(() => resolve(null));
  });
}
