// What a call rejects with when a task or its worker fails.

import { TaskError } from '../errors.js';
import type { FailedMessage, FunctionRef } from './protocol.js';
import { WorkersForbidden } from './start-worker.js';
import { explainReferenceError } from './task-function.js';
import { fromWire } from './unwire.js';
import type { Gone } from './worker-handle.js';

/** What task `index` threw, or why its function could not be had. */
export function taskError(
  ref: FunctionRef | undefined,
  { index, stage, error: wire }: FailedMessage,
): unknown {
  const cause = fromWire(wire);
  if (!ref) return cause;
  if (stage === 'run') return explainReferenceError(ref, wire, index, cause) ?? cause;
  const details = { taskIndex: index };
  if (ref.kind === 'source' && wire.type === 'EvalError') {
    const message = `the function of task ${index} cannot run in a worker: ${EVALUATION_FORBIDDEN}`;
    return new TaskError('WORKER_START_FAILED', message, details, { cause });
  }
  if (ref.kind === 'module') {
    const message = `${ref.name} of ${ref.url}, the function of task ${index}, could not be loaded in the worker: ${wire.message}`;
    return new TaskError('WORKER_START_FAILED', message, details, { cause });
  }
  return cause;
}

export const EVALUATION_FORBIDDEN =
  "the page's Content-Security-Policy forbids to evaluate a function's source text; workerTasks() and fromModule() work under it";

/** The worker that ran task `index`, or one of those up to `last`, is gone. */
export function workerLost(index: number, last: number, gone: Gone | undefined): TaskError {
  const which =
    last > index
      ? `task ${index} (or one of those up to ${last}, which it had in the same batch)`
      : `task ${index}`;
  const message = `the worker that ran ${which} was lost: ${gone?.text ?? 'it is gone'}. The task may have used too much memory, called close(), or left an error uncaught; the next call starts a new worker.`;
  const cause = gone?.cause === undefined ? undefined : { cause: gone.cause };
  const details = { taskIndex: index, lastTaskIndex: last, reason: gone?.reason };
  return new TaskError('WORKER_LOST', message, details, cause);
}

/** For a call that cannot fall back any more: some of its tasks have run. */
export function startError(error: unknown): unknown {
  return error instanceof WorkersForbidden
    ? new TaskError('WORKER_START_FAILED', error.message)
    : error;
}
