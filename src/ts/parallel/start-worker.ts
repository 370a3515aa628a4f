// Starting a worker of a factory, and telling a mistake (the file is missing, it throws) from a
// platform that forbids workers: the first is an error with a remedy, after the second the tasks
// run in the caller's realm.

import { TaskError } from '../errors.js';
import type { Factory } from './functions.js';
import { macrotask } from './macrotask.js';
import { hasOpaqueOrigin, isNode } from './realm.js';
import { type Gone, WorkerHandle } from './worker-handle.js';

/** No worker can be started here, whatever its file; the message says why. */
export class WorkersForbidden extends Error {}

export interface StartListeners {
  onMessage: (data: unknown) => void;
  onGone: (gone: Gone) => void;
  /** Told of every attempt, so that it can be ended before it is ready. */
  onHandle: (handle: WorkerHandle) => void;
}

/**
 * A ready worker of `factory`; where its file does not start, of its fallback.
 *
 * @throws WorkersForbidden, or TaskError WORKER_START_FAILED.
 */
export async function startWorker(
  factory: Factory,
  listeners: StartListeners,
): Promise<WorkerHandle> {
  const watch = watchPolicy();
  try {
    return await attempt(factory, factory.start, listeners);
  } catch (error) {
    const forbidden = await whyForbidden(error, watch);
    if (!factory.fallback || isNode() || typeof Worker === 'undefined') throw forbidden ?? error;
    try {
      return await attempt(factory, factory.fallback, listeners);
    } catch {
      throw forbidden ?? error;
    }
  } finally {
    watch.stop();
  }
}

async function attempt(
  factory: Factory,
  start: Factory['start'],
  { onMessage, onGone, onHandle }: StartListeners,
): Promise<WorkerHandle> {
  const handle = new WorkerHandle({
    start,
    what: factory.what,
    remedy: factory.remedy,
    onMessage,
    onGone,
  });
  onHandle(handle);
  await handle.ready;
  return handle;
}

interface PolicyWatch {
  violated: string | undefined;
  stop: () => void;
}

/** A worker that the Content-Security-Policy forbids fails as one whose file is missing does; only this event tells them apart. */
function watchPolicy(): PolicyWatch {
  const target = typeof document !== 'undefined' ? document : globalThis;
  const watch: PolicyWatch = { violated: undefined, stop: () => {} };
  if (typeof target.addEventListener !== 'function') return watch;
  const listener = (event: Event): void => {
    const { effectiveDirective, originalPolicy } = event as SecurityPolicyViolationEvent;
    if (effectiveDirective === 'worker-src') watch.violated = originalPolicy;
  };
  target.addEventListener('securitypolicyviolation', listener);
  watch.stop = () => target.removeEventListener('securitypolicyviolation', listener);
  return watch;
}

async function whyForbidden(
  error: unknown,
  watch: PolicyWatch,
): Promise<WorkersForbidden | undefined> {
  // The two events come in either order.
  await macrotask();
  const cause = error instanceof TaskError ? error.cause : error;
  if (watch.violated !== undefined) {
    return new WorkersForbidden(
      `the page's Content-Security-Policy forbids workers (${watch.violated}); allow worker-src 'self'`,
    );
  }
  if (typeof Worker === 'undefined' && cause instanceof ReferenceError) {
    return new WorkersForbidden(
      isNode()
        ? 'Node has no global Worker; give workerTasks() a Worker of node:worker_threads'
        : 'this browser or frame has no workers',
    );
  }
  // Firefox reports it as a script that could not be loaded, the others as below.
  if (hasOpaqueOrigin()) {
    return new WorkersForbidden('this frame has an opaque origin: allow-same-origin is missing');
  }
  if (cause instanceof DOMException && cause.name === 'SecurityError') {
    return new WorkersForbidden(`this page may not start workers (${cause.message})`);
  }
  return undefined;
}
