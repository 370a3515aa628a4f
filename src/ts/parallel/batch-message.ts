// The message that carries a batch, and what to say if the platform refuses to clone it.

import { TaskError } from '../errors.js';
import { findUnclonable } from './clone-path.js';
import type { FunctionRef, RunMessage } from './protocol.js';
import type { Task } from './task.js';
import { taskFunction } from './task-function.js';
import { collectTransfers } from './transfer.js';

/** Tasks `first`, `first + 1`, ... as one message. Tasks of one argument travel as a column of arguments: half the cost. */
export function buildBatch(
  tasks: Task[],
  first: number,
  names: { call: number; batch: number; reportEach: boolean },
): { message: RunMessage; transfer: Transferable[] } {
  const functions: FunctionRef[] = [];
  const transfer: Transferable[] = [];
  let which: number[] | null = null;
  let column = true;
  let lastFn: Task['fn'] | undefined;
  let position = 0;
  for (let i = 0; i < tasks.length; i++) {
    const { fn, args } = tasks[i] as Task;
    if (fn !== lastFn) {
      lastFn = fn;
      const { ref } = taskFunction(fn, first + i);
      position = functions.indexOf(ref);
      if (position < 0) position = functions.push(ref) - 1;
      if (position > 0) which ??= new Array<number>(i).fill(0);
    }
    which?.push(position);
    if (args.length !== 1) column = false;
    collectTransfers(args, transfer);
  }
  const args: unknown[] = tasks.map((task) => (column ? task.args[0] : task.args));
  return { message: { joblite: 'run', ...names, first, functions, which, args, column }, transfer };
}

/** Names the task, the argument and the place in it that could not be cloned. */
export function unclonableTask(tasks: Task[], first: number, cause: unknown): TaskError {
  for (const [i, { args }] of tasks.entries()) {
    for (const [position, arg] of args.entries()) {
      const path = findUnclonable(arg);
      if (path === undefined) continue;
      const taskIndex = first + i;
      const message = `argument ${position} of task ${taskIndex} cannot be sent to a worker (at ${path}): pass data, and hand over what cannot be copied with transfer()`;
      return new TaskError(
        'TASK_NOT_CLONEABLE',
        message,
        { taskIndex, argument: position, path },
        { cause },
      );
    }
  }
  const message = `the tasks from ${first} on cannot be sent to a worker: a buffer is transferred twice, or was transferred before`;
  return new TaskError('TASK_NOT_CLONEABLE', message, { taskIndex: first }, { cause });
}
