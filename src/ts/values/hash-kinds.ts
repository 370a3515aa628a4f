// How the hash's walker writes objects that are neither plain objects nor arrays.

import type { HashMemory } from './hash-memory.js';
import { array, container, itemsOf, walk } from './hash-walk.js';
import { type Kind, kindOf } from './kinds.js';
import { descr, type NDArray, type PyObject } from './types.js';
import { CONSTRUCTS } from './walk-kinds.js';

/** Thrown for a Blob whose bytes have not been read: they can only be waited for. */
export class BlobNotRead {}

/** Bytes of Blobs that have been read, as long as the Blobs live. */
export const readBlobBytes = new WeakMap<Blob, Uint8Array>();

/** Writes an object by its kind. */
export function writeOther(m: HashMemory, value: object, prototype: object, p: number): number {
  const kind = kindOf(value, prototype);
  switch (kind.name) {
    case 'array':
      return container(m, value as unknown[], array, p);
    case 'object':
      return walk(m, { ...value }, p);
    case 'map':
      return container(m, value as Map<unknown, unknown>, map, p);
    case 'set':
      return container(m, value as Set<unknown>, set, p);
    case 'date':
      m.bytes[p] = 14;
      return m.float(Date.prototype.getTime.call(value), p + 1);
    case 'buffer':
      m.bytes[p] = 16;
      return m.content(new Uint8Array(value as ArrayBufferLike), p + 1);
    case 'typed':
      m.bytes[p] = 17;
      m.bytes[p + 1] = kind.typed as number;
      return m.content(bytesOf(value as ArrayBufferView), p + 2);
    case 'tuple':
      return container(m, value as unknown[], tuple, p);
    case 'ndarray':
      return ndarray(m, value as NDArray, p);
    case 'pyobject':
      return container(m, value as PyObject, pyObject, p);
    case 'pandas':
      return container(
        m,
        value,
        (m, value, p) => pyObject(m, kind.data?.(value as never) as PyObject, p),
        p,
      );
    case 'view':
      return container(
        m,
        value,
        (m, value, p) => {
          p = note(m, 'DataView', p);
          m.bytes[p] = 16;
          return m.content(bytesOf(value as ArrayBufferView), p + 1);
        },
        p,
      );
    case 'blob':
    case 'file':
      return container(m, value as Blob, (m, value, p) => blob(m, value, kind, p), p);
    case 'note':
      return container(
        m,
        value,
        (m, value, p) => {
          const data = kind.data?.(value as never);
          // Where an error was made does not count.
          if (kind.note?.startsWith('Error:')) delete (data as { stack?: unknown }).stack;
          return walk(m, data, note(m, kind.note as string, p));
        },
        p,
      );
  }
}

function note(m: HashMemory, kind: string, p: number): number {
  m.bytes[p] = 22;
  return m.string(kind, p + 1);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function map(m: HashMemory, value: Map<unknown, unknown>, p: number): number {
  const entries = [...Map.prototype.entries.call(value)];
  return unordered(m, 11, entries, (m, [key, item], p) => walk(m, item, walk(m, key, p)), p);
}

function set(m: HashMemory, value: Set<unknown>, p: number): number {
  return unordered(m, 12, [...Set.prototype.values.call(value)], walk, p);
}

function unordered<T>(
  m: HashMemory,
  tag: number,
  entries: T[],
  write: (m: HashMemory, entry: T, p: number) => number,
  p: number,
): number {
  m.bytes[p] = tag;
  m.view.setUint32(p + 1, entries.length, true);
  p += 5;
  const start = p;
  for (const entry of entries) {
    m.need(p, 64);
    const end = write(m, entry, p);
    m.need(end, 64);
    m.hasher.digest(p, end, p);
    p += 32;
  }
  m.hasher.sortDigests(start, entries.length);
  return p;
}

function tuple(m: HashMemory, value: unknown[], p: number): number {
  return itemsOf(m, 20, Array.from(value), p);
}

function blob(m: HashMemory, value: Blob, kind: Kind, p: number): number {
  const bytes = readBlobBytes.get(value);
  if (bytes === undefined) throw new BlobNotRead();
  const fields = kind.data?.(value as never) as unknown[];
  return walk(m, [...fields, bytes.buffer], note(m, kind.note as string, p));
}

function ndarray(m: HashMemory, value: NDArray, p: number): number {
  const { data, shape, order } = value;
  if (Array.isArray(data)) {
    m.bytes[p] = 19;
    return walk(m, Array.from(data), shapeOf(m, shape, p + 1));
  }
  m.bytes[p] = 18;
  p = walk(m, descr(value.dtype), p + 1);
  m.need(p, 64);
  m.bytes[p] = order === 'F' && shape.length > 1 ? 1 : 0;
  return m.content(bytesOf(data), shapeOf(m, shape, p + 1));
}

function shapeOf(m: HashMemory, shape: number[], p: number): number {
  m.need(p, 8 * shape.length + 4);
  m.view.setUint32(p, shape.length, true);
  p += 4;
  for (const n of shape) p = m.float(n, p);
  return p;
}

function pyObject(m: HashMemory, value: PyObject, p: number): number {
  m.bytes[p] = 21;
  m.bytes[p + 1] = Math.max(0, CONSTRUCTS.indexOf(value.construct));
  p += 2;
  const args = value.construct === 'global' ? null : value.args;
  for (const field of [
    value.module,
    value.name,
    args,
    value.state,
    value.listItems,
    value.dictItems,
  ])
    p = walk(m, field, p);
  return p;
}
