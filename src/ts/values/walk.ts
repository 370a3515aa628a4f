// The walker: reads a value once and writes its tape.
//
// What makes it fast: containers are remembered in a Set, and get numbers only if one is met again;
// objects are compared with the shape of the one before; strings are joined and never encoded here;
// long arrays of only numbers or only strings are runs.

import { refuseArrayProperties } from './extra-properties.js';
import {
  ARRAY,
  BYTE,
  DICT,
  FALSE,
  FLOAT,
  FLOATS,
  HOLES,
  INT,
  INTS,
  MAX_DEPTH,
  MAX_HOLES,
  NULL,
  OBJECT,
  SHAPE,
  STRINGS,
  type Tape,
  TRUE,
  UNDEFINED,
} from './ops.js';
import { differs, newShape, shapeOf } from './shapes.js';
import {
  append,
  begin,
  bigint,
  bytes,
  clear,
  finish,
  interrupt,
  known,
  limit,
  need,
  number,
  string,
  view,
} from './tape-out.js';
import { refuse, Unsupported } from './unsupported.js';
import { type Walkers, writeOther } from './walk-kinds.js';

let shapes = newShape();
let shapeCount = 0;
let lastShape = shapes;
let depth = 0;
let holes = 0;
/** Whether `for in` over a plain object would meet keys that are not its own. */
let polluted = false;
let busy = false;

/**
 * Reads a value and everything in it, now. With `share`, buffers that need no cutting are listed
 * themselves instead of copies: for values that nobody changes before the tape is used up.
 *
 * @throws what `locating` turns into UNSUPPORTED_VALUE
 */
export function writeTape(value: unknown, share: boolean): Tape {
  if (busy) return interrupting(() => writeTape(value, share));
  beginWalk(share);
  try {
    return finish(walk(value, 1));
  } finally {
    endWalk();
  }
}

/** Begins a walk; walk-slices.ts does so too. */
export function beginWalk(share: boolean): void {
  busy = true;
  begin(share);
  lastShape = shapes = newShape();
  shapeCount = depth = holes = 0;
  polluted = false;
  for (const _ in {}) polluted = true;
}

/** Ends a walk, whether it came to its end or not. */
export function endWalk(): void {
  clear();
  lastShape = shapes = newShape();
  busy = false;
}

/** A getter or `toData` makes a tape in the middle of a walk. */
function interrupting(run: () => Tape): Tape {
  const resume = suspendWalk();
  try {
    return run();
  } finally {
    resume();
  }
}

/** Lets other walks run in the middle of this one, whose state waits; what is returned goes on with it. */
export function suspendWalk(): () => void {
  const kept = { shapes, shapeCount, lastShape, depth, holes, polluted };
  const resume = interrupt();
  busy = false;
  return () => {
    resume();
    ({ shapes, shapeCount, lastShape, depth, holes, polluted } = kept);
    busy = true;
  };
}

/** Writes a value at `p`; gives where it ends. */
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
  const end = known(value, p);
  if (end !== 0) return end;
  enter(value);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    p = object(value as Record<string, unknown>, p);
  } else if (prototype === Array.prototype) {
    p = array(value as unknown[], p);
  } else {
    p = writeOther(WALKERS, value, prototype, p);
  }
  leave();
  return p;
}

/** Goes into a container. */
export function enter(value: object): void {
  if (++depth > MAX_DEPTH) {
    throw new Unsupported(value, `more than ${MAX_DEPTH} levels of nesting`);
  }
}

/** Goes out of a container. */
export function leave(): void {
  depth--;
}

function array(values: unknown[], p: number): number {
  const n = values.length;
  if (n > 8) {
    const run = arrayRun(values, n, p);
    if (run !== 0) {
      refuseArrayProperties(values, true);
      return run;
    }
  }
  bytes[p] = ARRAY;
  p = number(n, p + 1);
  return items(values, n, p);
}

/** All items of an array, `owner`; holes in a row are one op. */
function items(values: unknown[], n: number, p: number, owner = values): number {
  let dense = true;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (value === undefined && !Object.hasOwn(values, i)) {
      const count = holesFrom(values, i, n);
      dense = false;
      p = writeHoles(count, p);
      i += count - 1;
    } else {
      p = walk(value, p);
    }
  }
  refuseArrayProperties(owner, dense && owner === values);
  return p;
}

/** How many holes there are in a row. */
export function holesFrom(values: unknown[], first: number, n: number): number {
  let i = first;
  while (i + 1 < n && i + 1 - first <= MAX_HOLES && !Object.hasOwn(values, i + 1)) i++;
  holes += i + 1 - first;
  if (holes > MAX_HOLES) throw new Unsupported(values, `more than ${MAX_HOLES} holes in arrays`);
  return i + 1 - first;
}

export function writeHoles(count: number, p: number): number {
  need(p, 8);
  bytes[p] = HOLES;
  return number(count, p + 1);
}

/** Writes an array of only numbers or only strings; 0 if it is another one. */
export function arrayRun(values: unknown[], n: number, p: number): number {
  const type = typeof values[0];
  if (!isRun(values, type) || !allAre(type, values, 1, n)) return 0;
  return type === 'number'
    ? numberRun(values as number[], n, p)
    : stringRun(values as string[], n, STRINGS, p);
}

/** Whether an array is written as a run if all that it holds is of this type. */
export function isRun(values: unknown[], type: string): boolean {
  return type === 'number' || (type === 'string' && (values.length < 64 || varied(values)));
}

export function allAre(type: string, values: unknown[], from: number, to: number): boolean {
  while (from < to && typeof values[from] === type) from++;
  return from === to;
}

/** Whether strings look different from one another; where they repeat, references are shorter. */
function varied(values: unknown[]): boolean {
  return (
    values[0] !== values[1] && values[1] !== values[2] && values[0] !== values[values.length >> 1]
  );
}

export function stringRun(values: string[], n: number, op: number, p: number): number {
  need(p, 8);
  bytes[p] = op;
  return putStrings(values, 0, n, number(n, p + 1));
}

/** A part of a run of strings. */
export function putStrings(values: string[], from: number, to: number, p: number): number {
  need(p, 5 * (to - from));
  for (let i = from; i < to; i++) {
    const text = values[i] as string;
    const units = text.length;
    append(text, units);
    if (units < 128) bytes[p++] = units;
    else p = number(units, p);
  }
  return p;
}

function numberRun(values: number[], n: number, p: number): number {
  const ints = areInts(values, 0, n);
  return putNumbers(values, 0, n, ints, beginNumbers(ints, n, p));
}

export function areInts(values: number[], from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const value = values[i] as number;
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) return false;
  }
  return true;
}

/** Makes room for a run of numbers and begins it. */
export function beginNumbers(ints: boolean, n: number, p: number): number {
  need(p, 8 * n + 24);
  bytes[p] = ints ? INTS : FLOATS;
  p = number(n, p + 1);
  // The buffer is reused: what lies between has to be the same for equal values.
  while (p & 7) bytes[p++] = 0;
  return p;
}

/** A part of a run of numbers. */
export function putNumbers(
  values: number[],
  from: number,
  to: number,
  ints: boolean,
  p: number,
): number {
  const n = to - from;
  const run = ints ? new Int32Array(bytes.buffer, p, n) : new Float64Array(bytes.buffer, p, n);
  for (let i = 0; i < n; i++) run[i] = values[from + i] as number;
  return p + run.byteLength;
}

function object(value: Record<string, unknown>, p: number): number {
  if (polluted) return dict(value, Object.keys(value), p);
  let shape = lastShape.next;
  if (shape === null || differs(shape.keys, value)) {
    shape = shapeOf(value, shapes);
    if (shape === null) return dict(value, Object.keys(value), p);
    if (shape.id < 0) {
      shape.keys = Object.keys(value);
      shape.id = shapeCount++;
      bytes[p] = SHAPE;
      p = number(shape.keys.length, p + 1);
      for (const key of shape.keys) {
        need(p, 16);
        p = string(key, p);
      }
    }
    lastShape.next = shape;
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
  if (written !== shape.keys.length) {
    throw new Unsupported(value, 'the object changed while it was read');
  }
  return p;
}

function dict(value: Record<string, unknown>, keys: string[], p: number): number {
  p = stringRun(keys, keys.length, DICT, p);
  for (const key of keys) p = walk(value[key], p);
  return p;
}

export const WALKERS: Walkers = { walk, items, array, object };
