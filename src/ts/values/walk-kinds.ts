// How the walker writes objects that are neither plain objects nor arrays.

import { descr } from './dtype.js';
import { inC } from './element-order.js';
import { refuseArrayProperties, refuseOwn } from './extra-properties.js';
import { type Kind, kindOf } from './kinds.js';
import {
  ARRAY,
  BYTES,
  DATE,
  DATETIME,
  EXTENDED,
  FROZENSET,
  MAP,
  NDARRAY,
  NOTE,
  OBJECTS,
  PYOBJECT,
  RECORDS,
  SET,
  TUPLE,
  TYPED,
} from './ops.js';
import { anonymous, buffer, byte, contentOf, float, need, number, string } from './tape-out.js';
import type { NDArray, PyDateTime, PyObject } from './types.js';

/** The walker's own functions, which call this file's and are called by them. */
export interface Walkers {
  walk(value: unknown, p: number): number;
  items(values: unknown[], n: number, p: number, owner?: unknown[]): number;
  array(values: unknown[], p: number): number;
  object(value: Record<string, unknown>, p: number): number;
}

/** In the order of the tape's numbers. */
export const CONSTRUCTS = ['global', 'call', 'new'] as const;

/** Writes an object by its kind. */
export function writeOther(to: Walkers, value: object, prototype: object, p: number): number {
  const kind = kindOf(value, prototype);
  refuseOwn(value, kind);
  switch (kind.name) {
    case 'object':
      return to.object(value as Record<string, unknown>, p);
    case 'array':
      return to.array(value as unknown[], p);
    case 'map':
      return map(to, value as Map<unknown, unknown>, p);
    case 'set':
      return set(to, value as Set<unknown>, byte(SET, p));
    case 'frozenset':
      return set(to, value as Set<unknown>, byte(FROZENSET, p));
    case 'datetime': {
      const { microsecond, fold, tzinfo } = value as PyDateTime;
      p = float(Date.prototype.getTime.call(value), byte(DATETIME, p));
      return to.walk(tzinfo, to.walk(fold, to.walk(microsecond, p)));
    }
    case 'date':
      return float(Date.prototype.getTime.call(value), byte(DATE, p));
    case 'buffer': {
      const content = value as ArrayBufferLike;
      return buffer(contentOf(content, 0, content.byteLength), byte(BYTES, p));
    }
    case 'typed': {
      const view = value as ArrayBufferView;
      const content = contentOf(view.buffer, view.byteOffset, view.byteLength);
      return buffer(content, byte(kind.typed as number, byte(TYPED, p)));
    }
    case 'view': {
      const view = value as DataView;
      p = string('DataView', byte(NOTE, p));
      anonymous();
      return buffer(contentOf(view.buffer, view.byteOffset, view.byteLength), byte(BYTES, p));
    }
    case 'blob':
    case 'file':
      return blob(to, value as Blob, kind, p);
    case 'tuple': {
      // A tuple has no holes.
      const all = Array.from(value as unknown[]);
      return to.items(all, all.length, number(all.length, byte(TUPLE, p)), value as unknown[]);
    }
    case 'ndarray':
      return ndarray(to, value as NDArray, p);
    case 'pyobject':
      return pyObject(to, value as PyObject, p);
    case 'call':
      return pyObject(to, kind.data?.(value as never) as PyObject, p);
    case 'note':
      p = string(kind.note as string, byte(NOTE, p));
      return to.walk(kind.data?.(value as never), p);
  }
}

function map(to: Walkers, value: Map<unknown, unknown>, p: number): number {
  const entries = [...Map.prototype.entries.call(value)];
  p = number(entries.length, byte(MAP, p));
  for (const [key, item] of entries) p = to.walk(item, to.walk(key, p));
  return p;
}

function set(to: Walkers, value: Set<unknown>, p: number): number {
  const values = [...Set.prototype.values.call(value)];
  p = number(values.length, p);
  for (const item of values) p = to.walk(item, p);
  return p;
}

/** A note and a list: what describes the blob, then its bytes. */
function blob(to: Walkers, value: Blob, kind: Kind, p: number): number {
  const fields = kind.data?.(value as never) as unknown[];
  p = string(kind.note as string, byte(NOTE, p));
  anonymous();
  p = number(fields.length + 1, byte(ARRAY, p));
  for (const field of fields) p = to.walk(field, p);
  anonymous();
  need(p, 16);
  return buffer(value, byte(BYTES, p));
}

function ndarray(to: Walkers, value: NDArray, p: number): number {
  if (Array.isArray(value.data)) {
    p = objectsHead(to, value, p);
    return to.walk(elementsOf(value), p);
  }
  const { buffer: bytes, byteOffset, byteLength } = value.data;
  p = byte(value.order === 'F' ? 1 : 0, byte(NDARRAY, p));
  p = buffer(contentOf(bytes, byteOffset, byteLength), p);
  return to.walk(Array.from(value.shape), to.walk(descr(value.dtype, true), p));
}

/** What stands before the elements of an NDArray of objects or records. */
export function objectsHead(to: Walkers, value: NDArray, p: number): number {
  const isObject = value.dtype === 'object';
  p = byte(value.order === 'F' ? 1 : 0, byte(isObject ? OBJECTS : RECORDS, p));
  if (!isObject) p = to.walk(descr(value.dtype, true), p);
  return to.walk(Array.from(value.shape), p);
}

/**
 * The elements of an NDArray of objects or records, in C order: a copy.
 *
 * @throws Unsupported if their array has properties of its own
 */
export function elementsOf({ data, shape, order }: NDArray): unknown[] {
  const elements = inC(data as unknown[], shape, order);
  refuseArrayProperties(data as unknown[], !elements.includes(undefined));
  return elements;
}

function pyObject(to: Walkers, value: PyObject, p: number): number {
  const fields = fieldsOf(value);
  const made = Math.max(0, CONSTRUCTS.indexOf(value.construct));
  p = byte(fields.length > 6 ? made | EXTENDED : made, byte(PYOBJECT, p));
  for (const field of fields) p = to.walk(field, p);
  return p;
}

/** What a PyObject holds, in the order of the tape; the last three only if there is one of them. */
export function fieldsOf(value: PyObject): unknown[] {
  const { module, name, construct, args, state, listItems, dictItems } = value;
  const { callable, kwargs, stateSetter } = value;
  const fields = [module, name, construct === 'global' ? null : args, state, listItems, dictItems];
  return (callable ?? kwargs ?? stateSetter) ? [...fields, callable, kwargs, stateSetter] : fields;
}
