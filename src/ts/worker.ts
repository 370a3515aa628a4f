// The entry `joblite/worker`: what a user's own worker file needs, and nothing of joblite's core.
//
//   // tasks.worker.js
//   import { exposeTasks } from 'joblite/worker';
//   import * as tasks from './tasks.js';
//   exposeTasks(tasks);

import { serveTasks, type TaskFunction } from './parallel/task-runner.js';
import { withOwnPort } from './parallel/worker-port.js';

export { transfer } from './parallel/transfer.js';

export interface ExposeOptions {
  /** Hand the ArrayBuffers of results over instead of cloning them: tasks must not keep them. */
  transferResults?: boolean;
}

/**
 * Lets `workerTasks` of the page run these functions in this worker. Call it once, as the worker
 * starts; works in Web Workers and in Node's worker threads.
 */
export function exposeTasks(tasks: object, { transferResults = false }: ExposeOptions = {}): void {
  const functions = new Map<string, TaskFunction>();
  for (const [name, value] of Object.entries(tasks))
    if (typeof value === 'function') functions.set(name, value as TaskFunction);
  const resolve = ({ name }: { name?: string }): TaskFunction => {
    const found = functions.get(name ?? '');
    if (found) return found;
    throw new TypeError(
      `the worker exposes no function ${JSON.stringify(name)}; it exposes ${[...functions.keys()].join(', ') || 'none'}`,
    );
  };
  withOwnPort((port) =>
    serveTasks(port, (ref) => resolve('name' in ref ? ref : {}), { transferResults }),
  );
}
