// The hash's own walker: writes the canonical form of a value straight into the engine's memory.
// src/hash/canonical.rs describes that form; this file says only how it is written fast: no allocation for
// small values, keys in order from a cache of recent shapes, large containers hashed in pieces.

import type { Engine } from '../wasm.js';
import { refuseArrayProperties } from './extra-properties.js';
import { type HashWalkers, writeOther } from './hash-kinds.js';
import { HashMemory, TooMuchAtOnce, UNLIMITED } from './hash-memory.js';
import { MAX_DEPTH, SHAPE_KEYS } from './ops.js';
import { refuse, Unsupported } from './unsupported.js';

/** As in src/hash/canonical.rs. */
const VERSION = 1;
const INLINE_BYTES = 1024;
const FREE_WALKS = 100_000;
const WALKS_EACH = 64;

/** An open container that has more bytes than this gives them to the hasher. */
export const FLUSH_BYTES = 1 << 16;

/** So many items of an array, as a power of 2, count as one container; those that are containers count themselves. */
const ITEMS_SHIFT = 4;

/** A container is remembered, however short it is, where more than so many were walked for it. */
const REMEMBERED = 16;

/** Below every place on the path; a small integer, as those are. */
const NOWHERE = 1 << 29;

/** From this depth on, containers of the path are looked up in a Map instead of one by one. */
const NEAR = 16;

interface Shape {
  keys: string[];
  sorted: string[];
  /** The shape that followed this one last time. */
  next: Shape | undefined;
}

/** Recent shapes; most values have few. */
const SHAPES = 16;
const shapes: Shape[] = [];
let newestShape = 0;
let lastShape: Shape | undefined;

let memory: HashMemory | undefined;
let owner: Engine | undefined;
let busy = false;

/** Emptied entry by entry, and never made shorter: its memory is kept. */
const path: (object | undefined)[] = [];
export let depth = 0;
let far: Map<object, number> | undefined;
/** The outermost place on the path that the current container refers to. */
export let lowest = NOWHERE;
/** What was written for containers that may be met again. */
let written: Map<object, Uint8Array> | undefined;
/** How many containers have been walked. */
export let entered = 0;
let escaped: Set<object> | undefined;
let walks = 0;
let polluted = false;

/**
 * The hash of a value. Of more than about `limit` parts (a container, or a KiB of an array) it is given
 * up: where a page would wait too long.
 *
 * @throws what `locating` turns into UNSUPPORTED_VALUE; `BlobNotRead` for a Blob without a digest;
 *   `TooMuchAtOnce`
 */
export function hashNow(engine: Engine, value: unknown, limit: number = UNLIMITED): string {
  if (busy) return interrupting(() => hashNow(engine, value, limit));
  if (memory === undefined || owner !== engine) {
    memory = new HashMemory(engine);
    owner = engine;
  }
  memory.left = limit;
  beginHash(memory);
  try {
    return memory.hex(walk(memory, value, 1));
  } finally {
    endHash(memory);
  }
}

/** Begins a hash in this memory; hash-slices.ts does so too. */
export function beginHash(m: HashMemory): void {
  busy = true;
  depth = 0;
  lowest = NOWHERE;
  polluted = false;
  for (const _ in {}) polluted = true;
  m.refresh();
  m.bytes[0] = VERSION;
}

/** Ends a hash, whether it came to its end or not. */
export function endHash(m: HashMemory): void {
  busy = false;
  if (depth !== 0) m.hasher.reset();
  clear();
}

function clear(): void {
  while (depth > 0) path[--depth] = undefined;
  walks = entered = 0;
  far = written = escaped = undefined;
}

/** A getter or `toData` hashes in the middle of a walk. */
function interrupting(run: () => string): string {
  const kept = memory;
  memory = undefined;
  const resume = suspendHash();
  try {
    return run();
  } finally {
    (memory as HashMemory | undefined)?.free();
    memory = kept;
    resume();
  }
}

/** Lets others be hashed in the middle of this one, whose state waits; what is returned goes on with it. */
export function suspendHash(): () => void {
  const kept = { depth, far, lowest, written, entered, escaped, walks, polluted };
  const keptPath = path.slice(0, depth);
  clear();
  busy = false;
  return () => {
    ({ depth, far, lowest, written, entered, escaped, walks, polluted } = kept);
    keptPath.forEach((container, i) => {
      path[i] = container;
    });
    busy = true;
  };
}

/** Writes a value at `p`; gives where it ends. */
export function walk(m: HashMemory, value: unknown, p: number): number {
  // Reading the value may have run a getter.
  if (p > m.limit || m.bytes.length === 0) m.need(p, 0);
  if (typeof value === 'number') return writeNumber(m, value, p);
  if (typeof value === 'string') return m.string(value, p);
  if (typeof value === 'boolean') {
    m.bytes[p] = value ? 3 : 2;
    return p + 1;
  }
  if (value === null) {
    m.bytes[p] = 0;
    return p + 1;
  }
  if (typeof value === 'object') {
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return container(m, value, object, p);
    if (prototype === Array.prototype) return container(m, value as unknown[], array, p);
    return writeOther(WALKERS, m, value, prototype, p);
  }
  if (value === undefined) {
    m.bytes[p] = 1;
    return p + 1;
  }
  if (typeof value === 'bigint') return m.bigint(value, p);
  throw refuse(value);
}

function writeNumber(m: HashMemory, value: number, p: number): number {
  const int = value | 0;
  if (int === value && (int !== 0 || 1 / value > 0)) {
    m.bytes[p] = 5;
    m.view.setInt32(p + 1, int, true);
    return p + 5;
  }
  m.bytes[p] = 6;
  return m.float(value, p + 1);
}

/** Writes a container by `write`, or a reference to it, or its digest. */
function container<T extends object>(
  m: HashMemory,
  value: T,
  write: (m: HashMemory, value: T, p: number) => number,
  p: number,
): number {
  const met = reference(m, value, p);
  if (met !== 0) return met;
  const mine = depth;
  const before = entered;
  const outside = lowest;
  const { pieces } = m;
  enter(m, value);
  return leave(m, value, p, write(m, value, p), mine, before, outside, pieces);
}

/** Writes a reference to a container on the path, or what is known of one; gives 0 for any other. */
export function reference(m: HashMemory, value: object, p: number): number {
  const place = find(value);
  if (place >= 0) {
    m.bytes[p] = 15;
    m.view.setUint32(p + 1, depth - place, true);
    if (place < lowest) lowest = place;
    return p + 5;
  }
  const known = written?.get(value);
  if (known === undefined) return 0;
  m.need(p, INLINE_BYTES);
  m.bytes.set(known, p);
  return p + known.length;
}

/** Goes into a container. */
export function enter(m: HashMemory, value: object): void {
  if (depth >= MAX_DEPTH) throw new Unsupported(value, `more than ${MAX_DEPTH} levels of nesting`);
  if (--m.left < 0) throw new TooMuchAtOnce();
  entered++;
  path[depth++] = value;
  if (depth > NEAR) {
    far ??= new Map();
    far.set(value, depth - 1);
  }
  lowest = NOWHERE;
}

/** Goes out of a container that was written at `p..end`; the other numbers are those before it was entered. */
export function leave(
  m: HashMemory,
  value: object,
  p: number,
  end: number,
  mine: number,
  before: number,
  outside: number,
  pieces: number,
): number {
  depth = mine;
  path[mine] = undefined;
  if (mine >= NEAR) far?.delete(value);
  const escapes = lowest < mine;
  if (escapes) noteEscape(value);
  if (!escapes || outside < lowest) lowest = outside;
  if (m.pieces === pieces && end - p <= INLINE_BYTES) {
    // Shared ones that are short, as Maps are, would be walked exponentially often.
    if (!escapes && entered - before > REMEMBERED) {
      m.need(end, 0);
      remember(value, m.bytes.slice(p, end));
    }
    return end;
  }
  // Hashed in pieces or at once: the digest stands for the container.
  if (m.pieces > pieces) m.endPieces(p, end);
  else m.hasher.digest(p, end, p + 1);
  m.bytes[p] = 255;
  if (!escapes) remember(value, m.bytes.slice(p, p + 33));
  return p + 33;
}

function remember(value: object, bytes: Uint8Array): void {
  written ??= new Map();
  written.set(value, bytes);
}

/** Where on the path an object is, or -1. */
function find(value: object): number {
  const near = Math.min(depth, NEAR);
  for (let i = 0; i < near; i++) if (path[i] === value) return i;
  return (depth > NEAR ? far?.get(value) : undefined) ?? -1;
}

/** A reference leads out of this container, so it has to be walked again wherever it stands. */
function noteEscape(value: object): void {
  escaped ??= new Set();
  escaped.add(value);
  walks++;
  if (walks > FREE_WALKS && walks > WALKS_EACH * escaped.size) {
    throw new Unsupported(
      value,
      'its cycles are too entangled to hash; registerValueType can say what counts',
    );
  }
}

/** Between two items: gives the bytes of a long container to the hasher. `start` is where they begin. */
export function flush(m: HashMemory, start: number, p: number, begun: boolean): number {
  m.left -= FLUSH_BYTES >> 10;
  if (!begun) m.beginPieces();
  m.hasher.update(start, p);
  return start;
}

function array(m: HashMemory, values: unknown[], p: number): number {
  return itemsOf(m, 9, values, p);
}

/** A tag, the number of values, and the values; they are those of `owner`. */
function itemsOf(m: HashMemory, tag: number, values: unknown[], p: number, owner = values): number {
  const start = p;
  const n = values.length;
  m.spend(n >> ITEMS_SHIFT);
  m.bytes[p] = tag;
  m.view.setUint32(p + 1, n, true);
  p += 5;
  let begun = false;
  let dense = true;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (value === undefined && !Object.hasOwn(values, i)) {
      dense = false;
      if (p > m.limit) m.need(p, 0);
      m.bytes[p++] = 4;
    } else {
      p = walk(m, value, p);
    }
    if (p - start > FLUSH_BYTES) {
      p = flush(m, start, p, begun);
      begun = true;
    }
  }
  refuseArrayProperties(owner, dense && owner === values);
  return p;
}

function object(m: HashMemory, value: object, p: number): number {
  const start = p;
  const shape = shapeOf(value);
  const { sorted } = shape;
  const n = sorted.length;
  m.bytes[p] = 10;
  m.view.setUint32(p + 1, n, true);
  p += 5;
  let begun = false;
  for (let i = 0; i < n; i++) {
    const key = sorted[i] as string;
    p = m.string(key, p);
    p = walk(m, (value as Record<string, unknown>)[key], p);
    if (p - start > FLUSH_BYTES) {
      p = flush(m, start, p, begun);
      begun = true;
    }
  }
  return p;
}

export function shapeOf(value: object): Shape {
  if (!polluted && lastShape !== undefined) {
    // What followed the last shape before, or the same again.
    let shape = lastShape.next;
    if (shape === undefined || !hasKeys(value, shape.keys)) {
      shape = hasKeys(value, lastShape.keys) ? lastShape : undefined;
      if (shape !== undefined) shape.next = shape;
    }
    if (shape !== undefined) {
      lastShape = shape;
      return shape;
    }
  }
  const keys = Object.keys(value);
  // Large ones are dictionaries rather than records, and not remembered.
  if (keys.length > SHAPE_KEYS) return { keys, sorted: keys.slice().sort(), next: undefined };
  let shape = shapes.find((shape) => equal(shape.keys, keys));
  if (shape === undefined) {
    shape = { keys, sorted: keys.slice().sort(), next: undefined };
    shapes[newestShape++ % SHAPES] = shape;
  }
  if (lastShape !== undefined) lastShape.next = shape;
  lastShape = shape;
  return shape;
}

function equal(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}

function hasKeys(value: object, keys: string[]): boolean {
  let i = 0;
  for (const key in value) if (keys[i++] !== key) return false;
  return i === keys.length;
}

export const WALKERS: HashWalkers = { walk, array, object, itemsOf, container };
