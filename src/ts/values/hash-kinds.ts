// How the hash's walker writes objects that are neither plain objects nor arrays.

import { dateTimeCall } from './datetime.js';
import { descr } from './dtype.js';
import { refuseOwn } from './extra-properties.js';
import type { HashMemory } from './hash-memory.js';
import { type Kind, kindOf } from './kinds.js';
import { EXTENDED } from './ops.js';
import type { NDArray, PyDateTime, PyObject } from './types.js';
import { CONSTRUCTS, elementsOf, fieldsOf } from './walk-kinds.js';

/** The walker's own functions, which call this file's and are called by them. */
export interface HashWalkers {
  walk(m: HashMemory, value: unknown, p: number): number;
  array(m: HashMemory, values: unknown[], p: number): number;
  object(m: HashMemory, value: object, p: number): number;
  itemsOf(m: HashMemory, tag: number, values: unknown[], p: number, owner?: unknown[]): number;
  /** Writes a container by `write`, or a reference to it, or its digest. */
  container<T extends object>(
    m: HashMemory,
    value: T,
    write: (m: HashMemory, value: T, p: number) => number,
    p: number,
  ): number;
}

/** Thrown for a Blob whose bytes have not been read: they can only be waited for. */
export class BlobNotRead {}

/** Bytes of Blobs that have been read, as long as the Blobs live. */
export const readBlobBytes = new WeakMap<Blob, Uint8Array>();

/** Writes an object by its kind. */
export function writeOther(
  to: HashWalkers,
  m: HashMemory,
  value: object,
  prototype: object,
  p: number,
): number {
  const kind = kindOf(value, prototype);
  refuseOwn(value, kind);
  switch (kind.name) {
    case 'array':
      return to.container(m, value as unknown[], to.array, p);
    case 'object':
      return to.container(m, value, to.object, p);
    case 'map':
      return to.container(
        m,
        value as Map<unknown, unknown>,
        (m, value, p) => map(to, m, value, p),
        p,
      );
    case 'set':
      return to.container(m, value as Set<unknown>, (m, value, p) => set(to, m, value, p), p);
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
      return to.container(m, value as unknown[], (m, value, p) => tuple(to, m, value, p), p);
    case 'ndarray':
      return ndarray(to, m, value as NDArray, p);
    case 'pyobject':
      return to.container(m, value as PyObject, (m, value, p) => pyObject(to, m, value, p), p);
    case 'call':
      return to.container(
        m,
        value,
        (m, value, p) => pyObject(to, m, kind.data?.(value as never) as PyObject, p),
        p,
      );
    case 'frozenset':
      return to.container(
        m,
        value as Set<unknown>,
        (m, value, p) => unordered(m, 25, [...Set.prototype.values.call(value)], to.walk, p),
        p,
      );
    case 'datetime':
      return to.container(
        m,
        value as PyDateTime,
        (m, value, p) => pyObject(to, m, dateTimeCall(value), p),
        p,
      );
    case 'view':
      return to.container(
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
      return to.container(m, value as Blob, (m, value, p) => blob(to, m, value, kind, p), p);
    case 'note':
      return to.container(
        m,
        value,
        (m, value, p) => {
          const data = kind.data?.(value as never);
          // Where an error was made does not count.
          if (kind.note?.startsWith('Error:')) delete (data as { stack?: unknown }).stack;
          return to.walk(m, data, note(m, kind.note as string, p));
        },
        p,
      );
  }
}

function note(m: HashMemory, kind: string, p: number): number {
  m.need(p, 0);
  m.bytes[p] = 22;
  return m.string(kind, p + 1);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function map(to: HashWalkers, m: HashMemory, value: Map<unknown, unknown>, p: number): number {
  m.spend(Reflect.get(Map.prototype, 'size', value));
  const entries = [...Map.prototype.entries.call(value)];
  return unordered(m, 11, entries, (m, [key, item], p) => to.walk(m, item, to.walk(m, key, p)), p);
}

function set(to: HashWalkers, m: HashMemory, value: Set<unknown>, p: number): number {
  m.spend(Reflect.get(Set.prototype, 'size', value));
  return unordered(m, 12, [...Set.prototype.values.call(value)], to.walk, p);
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

function tuple(to: HashWalkers, m: HashMemory, value: unknown[], p: number): number {
  return to.itemsOf(m, 20, Array.from(value), p, value);
}

function blob(to: HashWalkers, m: HashMemory, value: Blob, kind: Kind, p: number): number {
  const bytes = readBlobBytes.get(value);
  if (bytes === undefined) throw new BlobNotRead();
  const fields = kind.data?.(value as never) as unknown[];
  return to.walk(m, [...fields, bytes.buffer], note(m, kind.note as string, p));
}

/** What stands before the elements of an NDArray of objects or records. */
export function objectsHead(to: HashWalkers, m: HashMemory, value: NDArray, p: number): number {
  const isObject = value.dtype === 'object';
  m.bytes[p++] = isObject ? 19 : 26;
  if (!isObject) p = to.walk(m, descr(value.dtype), p);
  return shapeOf(m, value.shape, p);
}

function ndarray(to: HashWalkers, m: HashMemory, value: NDArray, p: number): number {
  const { data, shape, order } = value;
  if (Array.isArray(data)) {
    p = objectsHead(to, m, value, p);
    return to.container(m, value, (m, value, p) => to.array(m, elementsOf(value), p), p);
  }
  m.bytes[p] = 18;
  p = to.walk(m, descr(value.dtype), p + 1);
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

function pyObject(to: HashWalkers, m: HashMemory, value: PyObject, p: number): number {
  const fields = fieldsOf(value);
  const items = frozenSetItems(value, fields);
  if (items !== undefined) return unordered(m, 25, Array.from(items), to.walk, p);
  m.bytes[p] = 21;
  const made = Math.max(0, CONSTRUCTS.indexOf(value.construct));
  m.bytes[p + 1] = fields.length > 6 ? made | EXTENDED : made;
  p += 2;
  for (const field of fields) p = to.walk(m, field, p);
  return p;
}

/** What a frozenset holds; undefined if it is another object. As `Graph::frozenset` in src/value/object.rs. */
function frozenSetItems(value: PyObject, fields: unknown[]): unknown[] | undefined {
  const [items, ...more] = value.args;
  const isCall =
    value.name === 'frozenset' && value.module === 'builtins' && value.construct === 'call';
  const isBare = fields.length === 6 && fields.slice(3).every((field) => field === null);
  if (!isCall || !isBare || more.length > 0) return undefined;
  if (items instanceof Set) return [...items];
  return Array.isArray(items) ? items : undefined;
}
