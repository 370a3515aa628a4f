// Why a value cannot be held, and where it is.

import { UnsupportedError } from '../errors.js';
import { DataFrame, NDArray, PyObject, Series } from './types.js';

/** Thrown by the walkers, which do not know where they are; `locate` turns it into the error for users. */
export class Unsupported {
  readonly culprit: unknown;
  readonly reason: string;

  constructor(culprit: unknown, reason: string) {
    this.culprit = culprit;
    this.reason = reason;
  }
}

/** Why a function, a symbol or an instance of some class cannot be held. */
export function refuse(value: unknown): Unsupported {
  if (typeof value === 'function') return new Unsupported(value, 'functions cannot be stored');
  if (typeof value === 'symbol') return new Unsupported(value, 'symbols cannot be stored');
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  const of = typeof name === 'string' && name !== '' ? ` of class ${name}` : '';
  return new Unsupported(
    value,
    `an object${of} cannot be stored; registerValueType admits a class`,
  );
}

/** Runs a walker; what it refuses becomes UNSUPPORTED_VALUE with the path from `root`. */
export function locating<T>(root: unknown, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    const path = pathTo(root, error.culprit) ?? '$';
    throw new UnsupportedError('UNSUPPORTED_VALUE', `at ${path}: ${error.reason}`, {
      path,
      reason: error.reason,
    });
  }
}

const MAX_PATH = 300;

/** The first path to `culprit`, shortened in the middle if it is long. */
function pathTo(root: unknown, culprit: unknown): string | undefined {
  if (Object.is(root, culprit)) return '$';
  const seen = new Set<unknown>([root]);
  // Depth first, as the walkers go; each entry knows where it came from.
  interface Place {
    value: unknown;
    step: string;
    from: Place | undefined;
  }
  const todo: Place[] = [{ value: root, step: '$', from: undefined }];
  for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
    if (Object.is(place.value, culprit)) {
      const steps: string[] = [];
      for (let at: Place | undefined = place; at !== undefined; at = at.from) steps.push(at.step);
      const path = steps.reverse().join('');
      return path.length > MAX_PATH
        ? `${path.slice(0, MAX_PATH / 2)} ... ${path.slice(-MAX_PATH / 2)}`
        : path;
    }
    const from = place;
    const children: Place[] = [];
    for (const [step, value] of childrenOf(place.value)) {
      const isObject = typeof value === 'object' && value !== null;
      if (Object.is(value, culprit) || (isObject && !seen.has(value))) {
        if (isObject) seen.add(value);
        children.push({ value, step, from });
      }
    }
    while (children.length > 0) todo.push(children.pop() as Place);
  }
  return undefined;
}

function* childrenOf(value: unknown): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Map) {
    let index = 0;
    for (const [key, item] of value) {
      yield [`.keys()[${index++}]`, key];
      yield [`.get(${describe(key)})`, item];
    }
  } else if (value instanceof Set) {
    let index = 0;
    for (const item of value) yield [`.values()[${index++}]`, item];
  } else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield [`[${i}]`, value[i]];
  } else if (value instanceof Error) {
    for (const key of Object.getOwnPropertyNames(value))
      yield [property(key), (value as never)[key]];
  } else if (
    !ArrayBuffer.isView(value) ||
    value instanceof NDArray ||
    value instanceof PyObject ||
    value instanceof Series ||
    value instanceof DataFrame
  ) {
    for (const key of Object.keys(value)) yield [property(key), (value as never)[key]];
  }
}

function property(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
    ? `.${key}`
    : `[${JSON.stringify(key)}]`;
}

function describe(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key);
  return typeof key === 'object' && key !== null ? '…' : String(key);
}
