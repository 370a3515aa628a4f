// What kind of object a value is, for both walkers, and the data of kinds that are written as a note.

import { TYPED_ARRAYS } from './ops.js';
import { codecOf } from './register.js';
import { DataFrame, NDArray, PyDateTime, PyFrozenSet, PyObject, PyTuple, Series } from './types.js';
import { refuse } from './unsupported.js';

export interface Kind {
  readonly name:
    | 'object'
    | 'array'
    | 'map'
    | 'set'
    | 'date'
    | 'buffer'
    | 'typed'
    | 'view'
    | 'blob'
    | 'file'
    | 'tuple'
    | 'ndarray'
    | 'pyobject'
    | 'call'
    | 'frozenset'
    | 'datetime'
    | 'note';
  /** Number of a typed array. */
  readonly typed?: number;
  /** What a note says after `joblite:`. */
  readonly note?: string;
  /** The data that stand for the value. */
  readonly data?: (value: never) => unknown;
}

/** Errors whose class survives. */
export const ERROR_CLASSES: readonly string[] = [
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'AggregateError',
];

const OBJECT: Kind = { name: 'object' };
const ARRAY: Kind = { name: 'array' };
const kinds = new Map<object, Kind>();

/**
 * The kind of an object with this prototype that is neither a plain object nor an array of this
 * realm. Things of another realm (a frame, Node's vm) count as their like here.
 *
 * @throws Unsupported for an instance of a class that is not registered
 */
export function kindOf(value: object, prototype: object): Kind {
  if (kinds.size === 0) fill();
  const known = kinds.get(prototype);
  if (known !== undefined) return known;
  const codec = codecOf(prototype);
  if (codec !== undefined)
    return { name: 'note', note: `type:${codec.name}`, data: (value) => codec.toData(value) };
  const foreign = foreignKind(value, prototype);
  if (foreign !== undefined) return foreign;
  throw refuse(value);
}

function fill(): void {
  const scope = globalThis as never as Record<string, { prototype: object } | undefined>;
  // Not all of these are everywhere.
  const on = (name: string, kind: Kind) => {
    const prototype = scope[name]?.prototype;
    if (prototype !== undefined) kinds.set(prototype, kind);
  };
  on('Map', { name: 'map' });
  on('Set', { name: 'set' });
  on('Date', { name: 'date' });
  on('ArrayBuffer', { name: 'buffer' });
  on('SharedArrayBuffer', { name: 'buffer' });
  TYPED_ARRAYS.forEach((Class, typed) => {
    if (Class !== undefined) kinds.set(Class.prototype, { name: 'typed', typed });
  });
  // Node's Buffer is a Uint8Array, and told apart by nobody who stores it.
  on('Buffer', { name: 'typed', typed: 1 });
  on('DataView', { name: 'view' });
  on('Blob', { name: 'blob', note: 'Blob', data: (value: Blob) => [value.type] });
  on('File', {
    name: 'file',
    note: 'File',
    data: (value: File) => [value.type, value.name, value.lastModified],
  });
  on('RegExp', {
    name: 'note',
    note: 'RegExp',
    data: (value: RegExp) => [value.source, value.flags],
  });
  for (const name of ERROR_CLASSES)
    on(name, { name: 'note', note: `Error:${name}`, data: errorFields });
  on('DOMException', {
    name: 'note',
    note: 'DOMException',
    data: (value: DOMException) => [value.message, value.name],
  });
  for (const name of ['Number', 'String', 'Boolean', 'BigInt']) {
    on(name, { name: 'note', note: name, data: (value: object) => value.valueOf() });
  }
  kinds.set(PyTuple.prototype, { name: 'tuple' });
  kinds.set(NDArray.prototype, { name: 'ndarray' });
  kinds.set(PyObject.prototype, { name: 'pyobject' });
  kinds.set(Series.prototype, { name: 'call', data: seriesCall });
  kinds.set(PyFrozenSet.prototype, { name: 'frozenset' });
  kinds.set(PyDateTime.prototype, { name: 'datetime' });
  kinds.set(DataFrame.prototype, { name: 'call', data: frameCall });
}

/** A prototype's depth and the object's own methods tell what a built-in object of another realm is. */
function foreignKind(value: object, prototype: object): Kind | undefined {
  const above = Object.getPrototypeOf(prototype);
  if (above === null) return Object.hasOwn(prototype, 'isPrototypeOf') ? OBJECT : undefined;
  const top = Object.getPrototypeOf(above);
  if (ArrayBuffer.isView(value)) {
    const typed = TYPED_ARRAYS.findIndex(
      (Class) => Class?.name === (value as never)[Symbol.toStringTag],
    );
    const isBuiltIn = top !== null && Object.getPrototypeOf(top) === null;
    return isBuiltIn && typed >= 0 ? { name: 'typed', typed } : undefined;
  }
  // A subclass has one prototype more.
  if (top !== null || !Object.hasOwn(above, 'isPrototypeOf')) return undefined;
  if (Array.isArray(value)) return ARRAY;
  const reads: [Kind['name'], () => unknown][] = [
    ['map', () => getter(Map.prototype, 'size', value)],
    ['set', () => getter(Set.prototype, 'size', value)],
    ['date', () => Date.prototype.getTime.call(value)],
    ['buffer', () => getter(ArrayBuffer.prototype, 'byteLength', value)],
  ];
  for (const [name, read] of reads) {
    try {
      read();
      return { name };
    } catch {
      // It is something else.
    }
  }
  return undefined;
}

function getter(prototype: object, name: string, value: object): unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get?.call(value);
}

/** What every error has without showing it; `stack` is an accessor of the prototype in some engines. */
export const HIDDEN_FIELDS: readonly string[] = ['message', 'cause', 'errors', 'stack'];

/** What an error says. What engines add of their own, such as `lineNumber`, is not enumerable. */
function errorFields(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const key of [...HIDDEN_FIELDS, 'name']) {
    if (Object.hasOwn(error, key)) fields[key] = error[key as keyof Error];
  }
  for (const key of Object.keys(error)) fields[key] = error[key as keyof Error];
  if (typeof error.stack === 'string') fields.stack = error.stack;
  return fields;
}

/** As calls of the classes: the one form that every version of pandas reads. */
function seriesCall({ data, index, name }: Series): PyObject {
  return new PyObject({ module: 'pandas', name: 'Series', args: [data, index, null, name] });
}

function frameCall({ columns, index }: DataFrame): PyObject {
  return new PyObject({
    module: 'pandas',
    name: 'DataFrame',
    args: [columns, index, [...columns.keys()]],
  });
}
