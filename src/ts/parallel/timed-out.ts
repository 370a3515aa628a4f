// The error of a task that ran for too long, in a worker or in the caller's realm.

import { TaskError } from '../errors.js';

/** The error of a task that took longer than `timeoutMs`. */
export function timedOut(taskIndex: number, timeoutMs: number): TaskError {
  const message = `task ${taskIndex} ran for longer than timeoutMs = ${timeoutMs}`;
  return new TaskError('TASK_TIMEOUT', message, { taskIndex, timeoutMs });
}
