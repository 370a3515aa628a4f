// The walker: reads a value once and writes its tape.
//
// What makes it fast: containers are remembered in a Set, and get numbers only if one is met again;
// objects are compared with the shape of the one before; strings are joined and never encoded here;
// long arrays of only numbers or only strings are runs.

import {
  ARRAY,
  BIGINT,
  BLOCK_UNITS,
  BYTE,
  DICT,
  FALSE,
  FLOAT,
  FLOATS,
  HAS_REFERENCES,
  HOLES,
  INT,
  INTS,
  MAX_DEPTH,
  MAX_HOLES,
  NULL,
  OBJECT,
  REF,
  SHAPE,
  SHAPE_KEYS,
  STR,
  STR_REF,
  STRINGS,
  type Tape,
  TRUE,
  UNDEFINED,
} from './ops.js';
import { refuse, Unsupported } from './unsupported.js';
import { writeOther } from './walk-kinds.js';

interface Shape {
  keys: string[];
  id: number;
  /** The shape that followed this one last time. */
  next: Shape | null;
}

/** Places that `walk` may use without asking. */
const SLACK = 64;
const TABLE = 2048;

let bytes = new Uint8Array(1 << 16);
let view = new DataView(bytes.buffer);
let limit = bytes.length - SLACK;

let joined = '';
let joinedUnits = 0;
let blocks: string[] = [];
let nextString = 0;
let shapes: Map<string, Shape> = new Map();
let nextShape = 0;
let lastShape: Shape = noShape();
let containers: Set<object> = new Set();
let count = 0;
let numbers: Map<object, number> | null = null;
let buffers: (ArrayBuffer | Blob)[] = [];
let copying = true;
let depth = 0;
let holes = 0;
/** Whether `for in` over a plain object would meet keys that are not its own. */
let polluted = false;
let busy = false;

// Recent short strings by a cheap hash of them; entries of older tapes are told by their generation.
const recent: string[] = new Array(TABLE).fill('');
const recentNumber = new Int32Array(TABLE);
const recentGeneration = new Int32Array(TABLE);
let generation = 0;
let tries = 0;
let hits = 0;

/**
 * Reads a value and everything in it, now. With `share`, buffers that need no cutting are listed
 * themselves instead of copies: for values that nobody changes before the tape is used up.
 *
 * @throws what `locating` turns into UNSUPPORTED_VALUE
 */
export function writeTape(value: unknown, share: boolean): Tape {
  // A getter may come back here.
  const saved = busy ? save() : undefined;
  busy = true;
  reset();
  copying = !share;
  try {
    const end = walk(value, 1);
    bytes[0] = numbers === null ? 0 : HAS_REFERENCES;
    if (joined !== '') blocks.push(joined);
    return { ops: bytes.slice(0, end), text: blocks, buffers };
  } finally {
    if (saved === undefined) {
      reset();
      busy = false;
    } else {
      saved();
    }
  }
}

function reset(): void {
  joined = '';
  joinedUnits = nextString = nextShape = count = depth = holes = tries = hits = 0;
  blocks = [];
  buffers = [];
  shapes = new Map();
  lastShape = noShape();
  containers = new Set();
  numbers = null;
  generation++;
  polluted = false;
  for (const _ in {}) polluted = true;
}

/** Keeps the state of a walk that is interrupted; what is returned puts it back. */
function save(): () => void {
  const kept = {
    bytes,
    view,
    limit,
    joined,
    joinedUnits,
    blocks,
    nextString,
    shapes,
    nextShape,
    lastShape,
  };
  const more = { containers, count, numbers, buffers, copying, depth, holes, polluted };
  bytes = new Uint8Array(1 << 16);
  setBytes(bytes);
  return () => {
    ({ bytes, view, limit, joined, joinedUnits, blocks, nextString, shapes, nextShape, lastShape } =
      kept);
    ({ containers, count, numbers, buffers, copying, depth, holes, polluted } = more);
    // What the table holds now is of the other walk.
    generation++;
  };
}

function setBytes(to: Uint8Array<ArrayBuffer>): void {
  bytes = to;
  view = new DataView(to.buffer);
  limit = to.length - SLACK;
}

/** Makes room for `n` bytes from `p` on, and the slack after them. */
export function need(p: number, n: number): void {
  if (p + n <= limit) return;
  const larger = new Uint8Array(Math.max(bytes.length * 2, p + n + 2 * SLACK));
  larger.set(bytes.subarray(0, p));
  setBytes(larger);
}

export function byte(value: number, p: number): number {
  bytes[p] = value;
  return p + 1;
}

export function float(value: number, p: number): number {
  view.setFloat64(p, value, true);
  return p + 8;
}

export function number(n: number, p: number): number {
  while (n > 127) {
    bytes[p++] = (n & 127) | 128;
    n >>>= 7;
  }
  bytes[p++] = n;
  return p;
}

/** Lists a buffer and writes its number. `own` says that nobody else has it. */
export function buffer(content: ArrayBuffer | Blob, p: number): number {
  buffers.push(content);
  return number(buffers.length - 1, p);
}

/** The bytes of a view: its buffer itself if that is wanted and possible, otherwise a copy. */
export function contentOf(
  of: ArrayBufferLike,
  byteOffset: number,
  byteLength: number,
): ArrayBuffer {
  const whole =
    byteLength === of.byteLength &&
    of instanceof ArrayBuffer &&
    (of as { resizable?: boolean }).resizable !== true;
  if (whole && !copying) return of;
  if (of instanceof ArrayBuffer) return of.slice(byteOffset, byteOffset + byteLength);
  // A SharedArrayBuffer, or a buffer of another realm.
  const copy = new Uint8Array(byteLength);
  copy.set(new Uint8Array(of, byteOffset, byteLength));
  return copy.buffer;
}

/** Where a walk starts: like no object. */
function noShape(): Shape {
  return { keys: ['\0'], id: -1, next: null };
}

/** Counts a container that is no object of the user's. */
export function anonymous(): void {
  const object = {};
  if (numbers === null) {
    containers.add(object);
    count++;
  } else {
    numbers.set(object, count++);
  }
}

/** Adds to the text. */
function append(text: string, units: number): void {
  if (joinedUnits + units > BLOCK_UNITS && joinedUnits > 0) {
    blocks.push(joined);
    joined = '';
    joinedUnits = 0;
  }
  joined += text;
  joinedUnits += units;
}

export function string(text: string, p: number): number {
  const units = text.length;
  // Looking for a string again is given up while it rarely pays.
  if (units > 0 && units < 32 && tries - hits * 8 < 512) {
    tries++;
    const at =
      (Math.imul(text.charCodeAt(0), 31) +
        Math.imul(text.charCodeAt(units - 1), 17) +
        Math.imul(text.charCodeAt(units >> 1), 7) +
        units) &
      (TABLE - 1);
    if (recentGeneration[at] === generation && recent[at] === text) {
      hits++;
      bytes[p] = STR_REF;
      return number(recentNumber[at] as number, p + 1);
    }
    recent[at] = text;
    recentNumber[at] = nextString;
    recentGeneration[at] = generation;
  }
  nextString++;
  append(text, units);
  bytes[p] = STR;
  return number(units, p + 1);
}

export function walk(value: unknown, p: number): number {
  if (p > limit) need(p, 0);
  if (typeof value === 'number') {
    const int = value | 0;
    if (int === value && (int !== 0 || 1 / value > 0)) {
      if (int >= 0 && int < 256) {
        bytes[p] = BYTE;
        bytes[p + 1] = int;
        return p + 2;
      }
      bytes[p] = INT;
      view.setInt32(p + 1, int, true);
      return p + 5;
    }
    bytes[p] = FLOAT;
    view.setFloat64(p + 1, value, true);
    return p + 9;
  }
  if (typeof value === 'string') return string(value, p);
  if (typeof value === 'boolean') {
    bytes[p] = value ? TRUE : FALSE;
    return p + 1;
  }
  if (value === null) {
    bytes[p] = NULL;
    return p + 1;
  }
  if (typeof value === 'object') return container(value, p);
  if (value === undefined) {
    bytes[p] = UNDEFINED;
    return p + 1;
  }
  if (typeof value === 'bigint') return bigint(value, p);
  throw refuse(value);
}

function container(value: object, p: number): number {
  if (numbers === null) {
    containers.add(value);
    if (containers.size === count) return firstReference(value, p);
    count++;
  } else {
    const known = numbers.get(value);
    if (known !== undefined) {
      bytes[p] = REF;
      return number(known, p + 1);
    }
    numbers.set(value, count++);
  }
  if (++depth > MAX_DEPTH) throw new Unsupported(value, `more than ${MAX_DEPTH} levels of nesting`);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    p = object(value as Record<string, unknown>, p);
  } else if (prototype === Array.prototype) {
    p = array(value as unknown[], p);
  } else {
    p = writeOther(value, prototype, p);
  }
  depth--;
  return p;
}

/** A container is met a second time: from now on they have numbers, those of the order in the Set. */
function firstReference(value: object, p: number): number {
  numbers = new Map();
  let next = 0;
  for (const container of containers) numbers.set(container, next++);
  bytes[p] = REF;
  return number(numbers.get(value) as number, p + 1);
}

export function array(values: unknown[], p: number): number {
  const n = values.length;
  if (n > 8) {
    const run = arrayRun(values, n, p);
    if (run !== 0) return run;
  }
  bytes[p] = ARRAY;
  p = number(n, p + 1);
  return items(values, n, p);
}

/** All items of an array; holes in a row are one op. */
export function items(values: unknown[], n: number, p: number): number {
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (value === undefined && !Object.hasOwn(values, i)) {
      const first = i;
      while (i + 1 < n && i + 1 - first <= MAX_HOLES && !Object.hasOwn(values, i + 1)) i++;
      holes += i + 1 - first;
      if (holes > MAX_HOLES)
        throw new Unsupported(values, `more than ${MAX_HOLES} holes in arrays`);
      need(p, 8);
      bytes[p] = HOLES;
      p = number(i + 1 - first, p + 1);
    } else {
      p = walk(value, p);
    }
  }
  return p;
}

/** Writes an array of only numbers or only strings; 0 if it is another one. */
function arrayRun(values: unknown[], n: number, p: number): number {
  const type = typeof values[0];
  if (type === 'number') {
    let i = 1;
    while (i < n && typeof values[i] === 'number') i++;
    return i === n ? numberRun(values as number[], n, p) : 0;
  }
  if (type === 'string') {
    let i = 1;
    while (i < n && typeof values[i] === 'string') i++;
    return i === n && (n < 64 || varied(values as string[]))
      ? stringRun(values as string[], n, STRINGS, p)
      : 0;
  }
  return 0;
}

/** Whether strings look different from one another; where they repeat, references are shorter. */
function varied(values: string[]): boolean {
  return (
    values[0] !== values[1] && values[1] !== values[2] && values[0] !== values[values.length >> 1]
  );
}

function stringRun(values: string[], n: number, op: number, p: number): number {
  need(p, 5 * n + 8);
  bytes[p] = op;
  p = number(n, p + 1);
  for (let i = 0; i < n; i++) {
    const text = values[i] as string;
    const units = text.length;
    append(text, units);
    if (units < 128) bytes[p++] = units;
    else p = number(units, p);
  }
  return p;
}

function numberRun(values: number[], n: number, p: number): number {
  let ints = true;
  for (let i = 0; i < n && ints; i++) {
    const value = values[i] as number;
    ints = (value | 0) === value && (value !== 0 || 1 / value > 0);
  }
  need(p, 8 * n + 24);
  bytes[p] = ints ? INTS : FLOATS;
  p = number(n, p + 1);
  // The buffer is reused: what lies between has to be the same for equal values.
  while (p & 7) bytes[p++] = 0;
  const run = ints ? new Int32Array(bytes.buffer, p, n) : new Float64Array(bytes.buffer, p, n);
  for (let i = 0; i < n; i++) run[i] = values[i] as number;
  return p + run.byteLength;
}

export function object(value: Record<string, unknown>, p: number): number {
  let n = 0;
  if (polluted) return dict(value, p);
  for (const _ in value) if (++n > SHAPE_KEYS) return dict(value, p);
  let shape = lastShape;
  if (differs(shape.keys, value)) {
    let next = shape.next;
    if (next === null || differs(next.keys, value)) {
      const keys = Object.keys(value);
      // Lengths tell apart what joining confuses.
      const name = `${keys.map((key) => key.length)}:${keys.join('')}`;
      const known = shapes.get(name);
      if (known === undefined) {
        next = { keys, id: nextShape++, next: null };
        shapes.set(name, next);
        bytes[p] = SHAPE;
        p = number(keys.length, p + 1);
        for (const key of keys) {
          need(p, 16);
          p = string(key, p);
        }
      } else {
        next = known;
      }
      shape.next = next;
    }
    shape = next;
  }
  lastShape = shape;
  need(p, 16);
  bytes[p] = OBJECT;
  p = number(shape.id, p + 1);
  let written = 0;
  for (const key in value) {
    written++;
    p = walk(value[key], p);
  }
  if (written !== shape.keys.length)
    throw new Unsupported(value, 'the object changed while it was read');
  return p;
}

function differs(keys: string[], value: object): boolean {
  let i = 0;
  for (const key in value) if (keys[i++] !== key) return true;
  return i !== keys.length;
}

function dict(value: Record<string, unknown>, p: number): number {
  const keys = Object.keys(value);
  p = stringRun(keys, keys.length, DICT, p);
  for (const key of keys) p = walk(value[key], p);
  return p;
}

function bigint(value: bigint, p: number): number {
  // Two's complement of one bit more than the magnitude needs.
  const magnitude = value < 0n ? -value : value;
  const n = (magnitude.toString(16).length >> 1) + 1;
  let rest = BigInt.asUintN(n * 8, value);
  need(p, n + 8);
  bytes[p] = BIGINT;
  p = number(n, p + 1);
  if (n > 64) {
    const hex = rest.toString(16).padStart(2 * n, '0');
    for (let i = n - 1; i >= 0; i--) bytes[p++] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
    return p;
  }
  for (let i = 0; i < n; i++) {
    bytes[p++] = Number(rest & 255n);
    rest >>= 8n;
  }
  return p;
}
