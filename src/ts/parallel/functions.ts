// How a function reaches a worker: by a user's own worker (`workerTasks`), by module and name
// (`fromModule`), by its source text, or by its place in the platform (`Math.sqrt`).

import { opaqueImport } from '../opaque-import.js';
import type { FunctionRef } from './protocol.js';
import type { AnyWorker } from './worker-handle.js';

export type AnyFunction = (...args: never[]) => unknown;

/** What starts one kind of worker. Workers are kept by factory. */
export interface Factory {
  start: () => AnyWorker | Promise<AnyWorker>;
  /** For messages: what it is, and what to do if it does not start. */
  what: string;
  remedy: string;
  /** Tried if `start` fails: the same worker by another way. */
  fallback?: () => AnyWorker | Promise<AnyWorker>;
}

/** A function as the backends need it. */
export interface TaskFunction {
  /** What starts its workers; joblite's own ones if it is missing. */
  factory?: Factory;
  /** How a worker of the factory finds it. */
  ref: FunctionRef;
  /** The function itself, for the caller's own realm. */
  here: () => AnyFunction | Promise<AnyFunction>;
}

/** Functions that are known to stand for one elsewhere. */
export const registered = new WeakMap<AnyFunction, TaskFunction>();

/** The functions of `T`, asynchronous: called directly, they run in the caller's realm. */
export type WorkerTasks<T> = {
  readonly [K in keyof T as T[K] extends AnyFunction ? K : never]: T[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

const OWN_WORKER_REMEDY =
  "The worker's file must call exposeTasks(tasks) from 'joblite/worker', and be given as new Worker(new URL('./tasks.worker.js', import.meta.url), { type: 'module' })";

/**
 * Functions that run in workers of the user's own, as bundlers compile them.
 *
 * ```ts
 * const tasks = workerTasks<typeof import('./tasks.js')>(
 *   () => new Worker(new URL('./tasks.worker.js', import.meta.url), { type: 'module' }),
 *   () => import('./tasks.js'));        // loaded only when a task runs in the caller's realm
 * await parallel([delayed(tasks.heavy)(1)]);
 * ```
 */
export function workerTasks<T extends object>(
  start: () => AnyWorker | Promise<AnyWorker>,
  load?: () => Promise<T> | T,
): WorkerTasks<T> {
  if (typeof start !== 'function')
    throw new TypeError('workerTasks(start, load): start is a function that gives a new Worker');
  const factory: Factory = {
    start,
    what: 'the worker of workerTasks()',
    remedy: `${OWN_WORKER_REMEDY}.`,
  };
  const functions = new Map<string, AnyFunction>();
  return new Proxy({} as WorkerTasks<T>, {
    get(_, name) {
      // An object with `then` would be awaited; symbols are asked for by the language, not by users.
      if (typeof name === 'symbol' || name === 'then') return undefined;
      let fn = functions.get(name);
      if (!fn) {
        fn = remote(name, {
          factory,
          ref: { kind: 'export', name },
          here: () => loadExport(load, name),
        });
        functions.set(name, fn);
      }
      return fn;
    },
  });
}

async function loadExport(load: (() => unknown) | undefined, name: string): Promise<AnyFunction> {
  if (!load)
    throw new TypeError(
      "a task of workerTasks runs in the page itself here: give the second argument, () => import('./tasks.js')",
    );
  return pick((await load()) as object, name, 'the module of workerTasks()');
}

/**
 * A function by its module and name, for pages without a bundler. It works where a
 * Content-Security-Policy forbids evaluation.
 *
 * ```ts
 * const heavy = fromModule(new URL('./tasks.js', import.meta.url), 'heavy');
 * ```
 */
export function fromModule<F extends AnyFunction = (...args: unknown[]) => unknown>(
  url: string | URL,
  name = 'default',
): (...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>> {
  const href =
    typeof document === 'undefined' ? new URL(url).href : new URL(url, document.baseURI).href;
  const here = async () => pick(await opaqueImport(href), name, href);
  const fn = remote(name, { ref: { kind: 'module', url: href, name }, here });
  return fn as unknown as (...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>;
}

function pick(module: object, name: string, what: string): AnyFunction {
  const fn = (module as Record<string, unknown>)[name];
  if (typeof fn !== 'function')
    throw new TypeError(`${what} exports no function ${JSON.stringify(name)}`);
  return fn as AnyFunction;
}

/** A function that stands for one elsewhere; called directly, it runs in the caller's realm. */
function remote(name: string, known: TaskFunction): AnyFunction {
  const fn = async (...args: never[]): Promise<unknown> => (await known.here())(...args);
  Object.defineProperty(fn, 'name', { value: name });
  registered.set(fn, known);
  return fn;
}

/** The function to call in the caller's own realm. */
export function functionHere(fn: AnyFunction): AnyFunction | Promise<AnyFunction> {
  return registered.get(fn)?.here() ?? fn;
}

/** A function that `Memory.cache` gave: it keeps its cache in the caller's realm. */
export function isCached(fn: AnyFunction): boolean {
  return typeof (fn as { checkCallInCache?: unknown }).checkCallInCache === 'function';
}
