// joblite's own worker: runs functions that come by module and name, by their source text, or by
// their place in the platform. Users' tasks with imports of their own run in their own worker
// (`joblite/worker`).

import { opaqueImport } from '../opaque-import.js';
import type { FunctionRef } from '../parallel/protocol.js';
import { serveTasks, type TaskFunction } from '../parallel/task-runner.js';
import { withOwnPort } from '../parallel/worker-port.js';

const known = new Map<string, TaskFunction | Promise<TaskFunction>>();

function resolve(ref: FunctionRef): TaskFunction | Promise<TaskFunction> {
  const key = JSON.stringify(ref);
  let found = known.get(key);
  if (!found) {
    found = find(ref);
    known.set(key, found);
    // Once loaded a batch need not wait for it; what failed is tried again by the next.
    if (found instanceof Promise) {
      found.then(
        (fn) => known.set(key, fn),
        () => known.delete(key),
      );
    }
  }
  return found;
}

function find(ref: FunctionRef): TaskFunction | Promise<TaskFunction> {
  switch (ref.kind) {
    case 'module':
      return fromModule(ref.url, ref.name);
    case 'source':
      return fromSource(ref.text);
    case 'global':
      return fromGlobal(ref.path);
    default:
      throw new TypeError(`joblite's own worker has no task ${ref.name}`);
  }
}

async function fromModule(url: string, name: string): Promise<TaskFunction> {
  const module = await opaqueImport<Record<string, unknown>>(url);
  const fn = module[name];
  if (typeof fn !== 'function')
    throw new TypeError(`${url} exports no function ${JSON.stringify(name)}`);
  return fn as TaskFunction;
}

/** Modules are strict, so that is tried first; methods (`name() {}`) are no expression by themselves. */
function fromSource(text: string): TaskFunction | Promise<TaskFunction> {
  // By another name it sees the global scope only. To evaluate is what source text is sent for.
  // biome-ignore lint/security/noGlobalEval: see above
  const evaluate = eval;
  for (const code of [
    `"use strict";(${text}\n)`,
    `"use strict";Object.values({${text}\n})[0]`,
    `(${text}\n)`,
  ]) {
    try {
      return evaluate(code) as TaskFunction;
    } catch (error) {
      if (error instanceof SyntaxError) continue;
      return fromBlob(text, error);
    }
  }
  throw new SyntaxError(`the text of the function cannot be evaluated: ${text.slice(0, 200)}`);
}

/** A page's Content-Security-Policy may forbid evaluation and still allow modules from blobs. */
async function fromBlob(text: string, evalError: unknown): Promise<TaskFunction> {
  const url = URL.createObjectURL(
    new Blob([`export default (${text}\n)`], { type: 'text/javascript' }),
  );
  try {
    return (await opaqueImport<{ default: TaskFunction }>(url)).default;
  } catch {
    throw evalError;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function fromGlobal(path: string[]): TaskFunction {
  let owner: unknown;
  let value: unknown = globalThis;
  for (const name of path) {
    owner = value;
    value = (value as Record<string, unknown> | undefined)?.[name];
  }
  if (typeof value !== 'function')
    throw new TypeError(`${path.join('.')} does not exist in a worker`);
  return value.bind(owner) as TaskFunction;
}

withOwnPort((port) => serveTasks(port, resolve, { transferResults: false }));
