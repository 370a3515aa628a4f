// What a worker talks through: the global scope of a worker of the web, or Node's `parentPort`.

import { opaqueImport } from '../opaque-import.js';
import { isNode } from './realm.js';
import type { TaskPort } from './task-runner.js';

interface WorkerScope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
  close(): void;
}

interface ParentPort {
  postMessage(message: unknown, transfer?: readonly never[]): void;
  on(event: 'message', listener: (value: unknown) => void): void;
}

/** Calls back with the port of the worker that this runs in, at once where that can be; throws elsewhere. */
export function withOwnPort(callback: (port: TaskPort) => void): void {
  if (isNode()) {
    const module = 'node:worker_threads';
    const use = ({ parentPort }: { parentPort: ParentPort | null }) =>
      callback(nodePort(parentPort ?? refuse()));
    const threads = process.getBuiltinModule?.(module) as
      | { parentPort: ParentPort | null }
      | undefined;
    if (threads) use(threads);
    else void opaqueImport<{ parentPort: ParentPort | null }>(module).then(use);
  } else {
    callback(
      'WorkerGlobalScope' in globalThis ? webPort(globalThis as unknown as WorkerScope) : refuse(),
    );
  }
}

function refuse(): never {
  throw new TypeError(
    'exposeTasks(tasks) is called in a worker, not in the page: start the file that calls it with new Worker()',
  );
}

function webPort(scope: WorkerScope): TaskPort {
  return {
    postMessage: (message, transfer = []) => scope.postMessage(message, transfer),
    listen: (onMessage) =>
      scope.addEventListener('message', (event) => onMessage((event as MessageEvent).data)),
    beforeEnd(callback) {
      scope.addEventListener('error', () => callback(false));
      const close = scope.close.bind(scope);
      scope.close = () => {
        callback(true);
        close();
      };
    },
  };
}

function nodePort(port: ParentPort): TaskPort {
  return {
    postMessage: (message, transfer = []) =>
      port.postMessage(message, transfer as Transferable[] & never[]),
    listen: (onMessage) => port.on('message', onMessage),
    beforeEnd(callback) {
      process.on('exit', () => callback(true));
    },
  };
}
