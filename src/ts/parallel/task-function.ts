// What a worker is told of a function: its export, its module, its place among the globals, or its
// source text; and why a function of source text found a name missing.

import { TaskError } from '../errors.js';
import { type AnyFunction, type Factory, isCached, registered } from './functions.js';
import { ownFactory } from './own-worker.js';
import type { FunctionRef, WireError } from './protocol.js';

/** What starts the workers of `fn`, and how they find it; task `index` is named if they cannot have it. */
export function taskFunction(
  fn: AnyFunction,
  index: number,
): { factory: Factory; ref: FunctionRef } {
  let known = registered.get(fn);
  if (!known) {
    known = { ref: referTo(fn, index), here: () => fn };
    registered.set(fn, known);
  }
  return { factory: known.factory ?? ownFactory, ref: known.ref };
}

const WAYS_OUT =
  "pass it as an argument, or put the function into a module: workerTasks() with exposeTasks() from 'joblite/worker', or fromModule(new URL('./tasks.js', import.meta.url), 'name') without a bundler";

function referTo(fn: AnyFunction, index: number): FunctionRef {
  const refuse = (why: string): never => {
    throw new TaskError(
      'TASK_NOT_CLONEABLE',
      `the function of task ${index} cannot be sent to a worker: ${why}`,
      { taskIndex: index },
    );
  };
  if (isCached(fn)) {
    refuse(
      "a function of Memory.cache() keeps its cache where it was made. Run it there with backend: 'threading', or cache a function that calls Parallel",
    );
  }
  const text = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
    const path = globalPath(fn);
    return path
      ? { kind: 'global', path }
      : refuse(
          'it is bound or a proxy, so that it has no source text. Wrap it: (x) => fn(x), or put it into a module for workerTasks() or fromModule()',
        );
  }
  if (/^class\b/.test(text)) refuse('it is a class, which cannot be called');
  return { kind: 'source', text, name: fn.name };
}

/** Where the platform keeps its functions that need no object: globals, and these. */
const NAMESPACES = [
  'Math',
  'JSON',
  'Number',
  'String',
  'Array',
  'Object',
  'Date',
  'BigInt',
  'Reflect',
  'Promise',
  'ArrayBuffer',
];

function globalPath(fn: AnyFunction): string[] | undefined {
  const { name } = fn;
  const globals = globalThis as unknown as Record<string, Record<string, unknown> | undefined>;
  if ((globals[name] as unknown) === fn) return [name];
  const namespace = NAMESPACES.find((candidate) => globals[candidate]?.[name] === fn);
  return namespace === undefined ? undefined : [namespace, name];
}

/**
 * A ReferenceError in source text is most often a name that the function closes over: says so, and
 * how to go on. The name is sought among the function's own identifiers; undefined if it is none.
 */
export function explainReferenceError(
  ref: FunctionRef,
  wire: WireError,
  taskIndex: number,
  cause: unknown,
): TaskError | undefined {
  if (ref.kind !== 'source' || wire.type !== 'ReferenceError') return undefined;
  const said = new Set(wire.message?.match(IDENTIFIER));
  const variable = ref.text
    .match(IDENTIFIER)
    ?.find((name) => said.has(name) && !declares(ref.text, name));
  if (variable === undefined) return undefined;
  const what = ref.name ? `the function ${ref.name}` : 'the function';
  const message = `${what} of task ${taskIndex} uses the name ${variable}, which does not exist in the worker: a function travels as its source text, without what it closes over. Three ways out: ${WAYS_OUT}.`;
  return new TaskError('CLOSURE_VARIABLE', message, { taskIndex, variable }, { cause });
}

const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;

function declares(text: string, name: string): boolean {
  return new RegExp(
    `\\b(?:let|const|var|function|class)\\s+${name.replace(/\$/g, '\\$')}(?![\\p{ID_Continue}$])`,
    'u',
  ).test(text);
}
