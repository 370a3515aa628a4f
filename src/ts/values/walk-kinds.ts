// How the walker writes objects that are neither plain objects nor arrays.

import { BYTES, DATE, MAP, NDARRAY, NOTE, OBJECTS, PYOBJECT, SET, TUPLE, TYPED, TYPED_ARRAYS } from './ops.js';
import { codecOf } from './register.js';
import { DataFrame, descr, NDArray, PyObject, PyTuple, Series } from './types.js';
import { refuse } from './unsupported.js';
import { anonymous, buffer, byte, contentOf, float, items, need, number, string, walk } from './walk.js';

type Write<T = never> = (value: T, p: number) => number;

const CONSTRUCTS = ['global', 'call', 'new'];

/** Errors whose class survives. `DOMException` is not everywhere. */
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

const writers = new Map<object, Write>();

/** How to write an object with this prototype. Things of another realm (a frame, Node's vm) count as their like here. */
export function writerOf(value: object, prototype: object): Write | 'array' | 'object' {
  if (writers.size === 0) fillWriters();
  const known = writers.get(prototype);
  if (known !== undefined) return known;
  const codec = codecOf(prototype);
  if (codec !== undefined) {
    return (value, p) => noted(`type:${codec.name}`, codec.toData(value), p);
  }
  const foreign = foreignWriter(value, prototype);
  if (foreign !== undefined) return foreign;
  throw refuse(value);
}

function on<T>(prototype: object | undefined, write: Write<T>): void {
  if (prototype !== undefined) writers.set(prototype, write as Write);
}

function fillWriters(): void {
  on(Map.prototype, map);
  on(Set.prototype, set);
  on(Date.prototype, date);
  on(ArrayBuffer.prototype, arrayBuffer);
  on(globalThis.SharedArrayBuffer?.prototype, arrayBuffer);
  TYPED_ARRAYS.forEach((Class, kind) => {
    on<ArrayBufferView>(Class?.prototype, (value, p) => typed(value, kind, p));
  });
  // Node's Buffer is a Uint8Array, and told apart by nobody who stores it.
  const Buffer = (globalThis as { Buffer?: { prototype: object } }).Buffer;
  on<ArrayBufferView>(Buffer?.prototype, (value, p) => typed(value, 1, p));
  on(DataView.prototype, dataView);
  on<RegExp>(RegExp.prototype, (value, p) => noted('RegExp', [value.source, value.flags, value.lastIndex], p));
  for (const name of ERROR_CLASSES) {
    const Class = (globalThis as never as Record<string, { prototype: object } | undefined>)[name];
    on<Error>(Class?.prototype, (value, p) => noted(`Error:${name}`, errorFields(value), p));
  }
  on<DOMException>(globalThis.DOMException?.prototype, (value, p) => noted('DOMException', [value.message, value.name], p));
  on<object>(Number.prototype, (value, p) => noted('Number', value.valueOf(), p));
  on<object>(String.prototype, (value, p) => noted('String', value.valueOf(), p));
  on<object>(Boolean.prototype, (value, p) => noted('Boolean', value.valueOf(), p));
  on<object>(BigInt.prototype, (value, p) => noted('BigInt', value.valueOf(), p));
  on(globalThis.Blob?.prototype, blob);
  on(globalThis.File?.prototype, file);
  on(PyTuple.prototype, tuple);
  on(NDArray.prototype, ndarray);
  on(PyObject.prototype, pyObject);
  on<Series>(Series.prototype, (value, p) => pandas('Series', [value.data, value.index, null, value.name], p));
  on<DataFrame>(DataFrame.prototype, (value, p) =>
    pandas('DataFrame', [value.columns, value.index, [...value.columns.keys()]], p),
  );
}

/** Own methods find out what a built-in object of another realm is; a subclass has one more prototype. */
function foreignWriter(value: object, prototype: object): Write | 'array' | 'object' | undefined {
  const above = Object.getPrototypeOf(prototype);
  if (above === null) return Object.hasOwn(prototype, 'isPrototypeOf') ? 'object' : undefined;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (ArrayBuffer.isView(value)) {
    const own = Object.getPrototypeOf(above) !== null && Object.getPrototypeOf(Object.getPrototypeOf(above)) === null;
    const kind = TYPED_ARRAYS.findIndex((Class) => Class?.name === tag);
    return own && kind >= 0 ? ((view: ArrayBufferView, p: number) => typed(view, kind, p)) as Write : undefined;
  }
  if (Object.getPrototypeOf(above) !== null || !Object.hasOwn(above, 'isPrototypeOf')) return undefined;
  if (Array.isArray(value)) return 'array';
  const brands: [string, object, string, Write][] = [
    ['Map', Map.prototype, 'size', map as Write],
    ['Set', Set.prototype, 'size', set as Write],
    ['ArrayBuffer', ArrayBuffer.prototype, 'byteLength', arrayBuffer as Write],
  ];
  for (const [name, ours, getter, write] of brands) {
    if (tag !== name) continue;
    try {
      Object.getOwnPropertyDescriptor(ours, getter)?.get?.call(value);
      return write;
    } catch {
      return undefined;
    }
  }
  try {
    Date.prototype.getTime.call(value);
    return date as Write;
  } catch {
    return undefined;
  }
}

/** A value that only JavaScript distinguishes: a note, then the data. */
function noted(kind: string, data: unknown, p: number): number {
  need(p, 64);
  p = string(kind, byte(NOTE, p));
  return walk(data, p);
}

function map(value: Map<unknown, unknown>, p: number): number {
  const entries = [...Map.prototype.entries.call(value)];
  p = number(entries.length, byte(MAP, p));
  for (const [key, item] of entries) p = walk(item, walk(key, p));
  return p;
}

function set(value: Set<unknown>, p: number): number {
  const values = [...Set.prototype.values.call(value)];
  p = number(values.length, byte(SET, p));
  for (const item of values) p = walk(item, p);
  return p;
}

function date(value: Date, p: number): number {
  return float(Date.prototype.getTime.call(value), byte(DATE, p));
}

function arrayBuffer(value: ArrayBufferLike, p: number): number {
  return buffer(contentOf(value, 0, value.byteLength), byte(BYTES, p));
}

function typed(value: ArrayBufferView, kind: number, p: number): number {
  const content = contentOf(value.buffer, value.byteOffset, value.byteLength);
  return buffer(content, byte(kind, byte(TYPED, p)));
}

function dataView(value: DataView, p: number): number {
  p = string('DataView', byte(NOTE, p));
  anonymous();
  return buffer(contentOf(value.buffer, value.byteOffset, value.byteLength), byte(BYTES, p));
}

/** What an error says; `stack` is an accessor of the prototype in some engines. */
function errorFields(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const key of Object.getOwnPropertyNames(error)) fields[key] = error[key as keyof Error];
  if (typeof error.stack === 'string') fields.stack = error.stack;
  return fields;
}

function blob(value: Blob, p: number): number {
  p = string('Blob', byte(NOTE, p));
  return blobFields([value.type], value, p);
}

function file(value: File, p: number): number {
  p = string('File', byte(NOTE, p));
  return blobFields([value.type, value.name, value.lastModified], value, p);
}

/** A list: what describes the blob, then its bytes. */
function blobFields(fields: unknown[], content: Blob, p: number): number {
  anonymous();
  need(p, 64);
  p = number(fields.length + 1, byte(9 /* ARRAY */, p));
  for (const field of fields) p = walk(field, p);
  anonymous();
  need(p, 16);
  return buffer(content, byte(BYTES, p));
}

function tuple(value: PyTuple, p: number): number {
  p = number(value.length, byte(TUPLE, p));
  // A tuple has no holes.
  return items(Array.from(value), value.length, p);
}

function ndarray(value: NDArray, p: number): number {
  if (Array.isArray(value.data)) {
    p = walk(value.shape, byte(OBJECTS, p));
    // Runs are lists of their own; the elements are written one by one all the same.
    return walk(Array.from(value.data), p);
  }
  const { buffer: bytes, byteOffset, byteLength } = value.data;
  p = byte(value.order === 'F' ? 1 : 0, byte(NDARRAY, p));
  p = buffer(contentOf(bytes, byteOffset, byteLength), p);
  return walk(Array.from(value.shape), walk(descr(value.dtype), p));
}

function pyObject(value: PyObject, p: number): number {
  p = byte(Math.max(0, CONSTRUCTS.indexOf(value.construct)), byte(PYOBJECT, p));
  const args = value.construct === 'global' ? null : value.args;
  for (const field of [value.module, value.name, args, value.state, value.listItems, value.dictItems]) p = walk(field, p);
  return p;
}

/** As a call of the class: the one form that every version of pandas reads. */
function pandas(name: string, args: unknown[], p: number): number {
  p = byte(1, byte(PYOBJECT, p));
  for (const field of ['pandas', name, PyTuple.from(args), null, null, null]) p = walk(field, p);
  return p;
}
