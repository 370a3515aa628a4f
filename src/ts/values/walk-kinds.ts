// How the walker writes objects that are neither plain objects nor arrays.

import { type Kind, kindOf } from './kinds.js';
import {
  ARRAY,
  BYTES,
  DATE,
  MAP,
  NDARRAY,
  NOTE,
  OBJECTS,
  PYOBJECT,
  SET,
  TUPLE,
  TYPED,
} from './ops.js';
import { descr, type NDArray, type PyObject } from './types.js';
import {
  anonymous,
  array,
  buffer,
  byte,
  contentOf,
  float,
  items,
  need,
  number,
  object,
  string,
  walk,
} from './walk.js';

/** In the order of the tape's numbers. */
export const CONSTRUCTS = ['global', 'call', 'new'] as const;

/** Writes an object by its kind. */
export function writeOther(value: object, prototype: object, p: number): number {
  const kind = kindOf(value, prototype);
  switch (kind.name) {
    case 'object':
      return object(value as Record<string, unknown>, p);
    case 'array':
      return array(value as unknown[], p);
    case 'map':
      return map(value as Map<unknown, unknown>, p);
    case 'set':
      return set(value as Set<unknown>, p);
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
      return blob(value as Blob, kind, p);
    case 'tuple': {
      // A tuple has no holes.
      const all = Array.from(value as unknown[]);
      return items(all, all.length, number(all.length, byte(TUPLE, p)));
    }
    case 'ndarray':
      return ndarray(value as NDArray, p);
    case 'pyobject':
      return pyObject(value as PyObject, p);
    case 'pandas':
      return pyObject(kind.data?.(value as never) as PyObject, p);
    case 'note':
      p = string(kind.note as string, byte(NOTE, p));
      return walk(kind.data?.(value as never), p);
  }
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

/** A note and a list: what describes the blob, then its bytes. */
function blob(value: Blob, kind: Kind, p: number): number {
  const fields = kind.data?.(value as never) as unknown[];
  p = string(kind.note as string, byte(NOTE, p));
  anonymous();
  p = number(fields.length + 1, byte(ARRAY, p));
  for (const field of fields) p = walk(field, p);
  anonymous();
  need(p, 16);
  return buffer(value, byte(BYTES, p));
}

function ndarray(value: NDArray, p: number): number {
  if (Array.isArray(value.data)) {
    p = walk(Array.from(value.shape), byte(OBJECTS, p));
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
  for (const field of [
    value.module,
    value.name,
    args,
    value.state,
    value.listItems,
    value.dictItems,
  ])
    p = walk(field, p);
  return p;
}
