// The builder: makes a value again from its tape.

import { buildNote, bytesBuilder, makeArray, makeObjects, makePyObject } from './build-kinds.js';
import * as op from './ops.js';
import { HAS_REFERENCES, type Tape } from './ops.js';
import { PyDateTime, PyFrozenSet, PyTuple } from './types.js';

let ops = new Uint8Array(0);
let view = new DataView(ops.buffer);
let at = 0;
let blocks: string[] = [];
let nextBlock = 0;
let block = '';
let blockAt = 0;
let strings: string[] = [];
let shapes: string[][] = [];
let buffers: (ArrayBuffer | Blob)[] = [];
/** Containers by number, if there are references to them. */
let containers: unknown[] | null = null;
let nextContainer = 0;

/** Makes the value. Arrays are views of the tape's buffers, not copies. */
export function readTape(tape: Tape): unknown {
  // `fromData` of a registered class may come back here.
  const resume = suspendReading();
  beginReading(tape);
  try {
    return read();
  } finally {
    resume();
  }
}

/**
 * The same in steps, between which other tapes may be read; `pause` is asked after each value of the
 * outer ones, and waited for if it gives a promise.
 */
export async function readTapeInSlices(
  tape: Tape,
  pause: () => Promise<void> | undefined,
): Promise<unknown> {
  let resume = suspendReading();
  beginReading(tape);
  try {
    const steps = readSteps(0, pause);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      const goOn = suspendReading();
      resume();
      await value;
      resume = suspendReading();
      goOn();
    }
  } finally {
    resume();
  }
}

function beginReading(tape: Tape): void {
  ops = tape.ops;
  view = new DataView(ops.buffer, ops.byteOffset, ops.byteLength);
  at = 1;
  blocks = tape.text;
  nextBlock = blockAt = nextContainer = 0;
  block = '';
  strings = [];
  shapes = [];
  buffers = tape.buffers;
  containers = ((ops[0] as number) & HAS_REFERENCES) !== 0 ? [] : null;
}

/** Keeps where a tape is read; what is returned goes on there. */
function suspendReading(): () => void {
  const kept = { ops, view, at, blocks, nextBlock, block, blockAt, strings, shapes, buffers };
  const more = { containers, nextContainer };
  return () => {
    ({ ops, view, at, blocks, nextBlock, block, blockAt, strings, shapes, buffers } = kept);
    ({ containers, nextContainer } = more);
  };
}

function number(): number {
  let n = ops[at++] as number;
  if (n > 127) {
    n &= 127;
    let shift = 7;
    let next: number;
    do {
      next = ops[at++] as number;
      n |= (next & 127) << shift;
      shift += 7;
    } while (next > 127);
  }
  return n >>> 0;
}

function text(units: number): string {
  if (blockAt + units > block.length) {
    block = blocks[nextBlock++] as string;
    // A text that was joined is a rope, of which WebKit makes one string only when a unit is asked for.
    block.charCodeAt(0);
    blockAt = 0;
  }
  const start = blockAt;
  blockAt += units;
  return block.substring(start, blockAt);
}

function string(): string {
  const isReference = ops[at++] === op.STR_REF;
  const n = number();
  if (isReference) return strings[n] as string;
  const made = text(n);
  strings.push(made);
  return made;
}

function stringRun(): string[] {
  const n = number();
  const made: string[] = new Array(n);
  takeStrings(made, 0, n);
  return made;
}

/** A part of a run of strings. */
function takeStrings(made: string[], from: number, to: number): void {
  for (let i = from; i < to; i++) {
    let units = ops[at++] as number;
    if (units > 127) {
      at--;
      units = number();
    }
    made[i] = text(units);
  }
}

/** Takes a container's number, before its content takes others. */
function open(container: unknown): number {
  if (containers !== null) containers[nextContainer] = container;
  return nextContainer++;
}

/** A container that could only be made after its content. */
function closed<T>(place: number, container: T): T {
  if (containers !== null) containers[place] = container;
  return container;
}

function read(): unknown {
  switch (ops[at++]) {
    case op.NULL:
      return null;
    case op.UNDEFINED:
      return undefined;
    case op.TRUE:
      return true;
    case op.FALSE:
      return false;
    case op.BYTE:
      return ops[at++];
    case op.INT:
      at += 4;
      return view.getInt32(at - 4, true);
    case op.FLOAT:
      at += 8;
      return view.getFloat64(at - 8, true);
    case op.STR: {
      const made = text(number());
      strings.push(made);
      return made;
    }
    case op.STR_REF:
      return strings[number()];
    case op.ARRAY:
      return array();
    case op.OBJECT:
      return object(shapes[number()] as string[]);
    case op.SHAPE:
      shape();
      return read();
    case op.REF:
      return (containers as unknown[])[number()];
    case op.DICT:
      return object(stringRun());
    case op.STRINGS: {
      const made = stringRun();
      open(made);
      return made;
    }
    case op.INTS:
    case op.FLOATS:
      return numberRun(ops[at - 1] === op.INTS);
    default:
      at--;
      return other();
  }
}

function shape(): void {
  const n = number();
  const keys: string[] = [];
  for (let i = 0; i < n; i++) keys.push(string());
  shapes.push(keys);
}

/** Levels of containers that are read in steps; what is deeper, or in a long array, is small. */
const STEP_LEVELS = 6;
const LONG_ARRAY = 1000;
/** So many items of a run are read between two questions for a pause. */
const PIECE = 4_096;

type Pause = () => Promise<void> | undefined;
type Steps<T = unknown> = Generator<Promise<void>, T, void>;

function* readSteps(level: number, pause: Pause): Steps {
  if (level > STEP_LEVELS) return read();
  const code = ops[at++] as number;
  switch (code) {
    case op.SHAPE:
      shape();
      return yield* readSteps(level, pause);
    case op.ARRAY: {
      const n = number();
      const made: unknown[] = new Array(n);
      open(made);
      for (let i = 0; i < n; i++) {
        if (ops[at] === op.HOLES) {
          at++;
          i += number() - 1;
        } else {
          made[i] = n > LONG_ARRAY ? read() : yield* readSteps(level + 1, pause);
        }
        const paused = pause();
        if (paused !== undefined) yield paused;
      }
      return made;
    }
    case op.OBJECT:
    case op.DICT: {
      const keys =
        code === op.OBJECT ? (shapes[number()] as string[]) : yield* stringSteps(number(), pause);
      const made: Record<string, unknown> = {};
      open(made);
      for (const key of keys) {
        put(made, key, yield* readSteps(level + 1, pause));
        const paused = pause();
        if (paused !== undefined) yield paused;
      }
      return made;
    }
    case op.STRINGS: {
      const made = yield* stringSteps(number(), pause);
      open(made);
      return made;
    }
    case op.INTS:
    case op.FLOATS: {
      const made = beginNumbers();
      const take = (from: number, to: number) => takeNumbers(made, from, to, code === op.INTS);
      yield* pieces(made.length, take, pause);
      return made;
    }
    case op.MAP: {
      const n = number();
      const made = new Map<unknown, unknown>();
      open(made);
      for (let i = 0; i < n; i++) {
        const key = read();
        made.set(key, n > LONG_ARRAY ? read() : yield* readSteps(level + 1, pause));
        const paused = pause();
        if (paused !== undefined) yield paused;
      }
      return made;
    }
    case op.SET:
    case op.FROZENSET: {
      const n = number();
      const made = code === op.SET ? new Set<unknown>() : new PyFrozenSet<unknown>();
      open(made);
      for (let i = 0; i < n; i++) {
        made.add(n > LONG_ARRAY ? read() : yield* readSteps(level + 1, pause));
        const paused = pause();
        if (paused !== undefined) yield paused;
      }
      return made;
    }
    case op.OBJECTS:
    case op.RECORDS: {
      const made = makeObjects(ops[at++] === 1 ? 'F' : 'C');
      const place = open(made.array);
      const dtype = code === op.RECORDS ? read() : undefined;
      const shape = read() as number[];
      const data = (yield* readSteps(level + 1, pause)) as unknown[];
      return closed(place, made.finish(shape, data, dtype));
    }
    default:
      at--;
      return read();
  }
}

function* stringSteps(n: number, pause: Pause): Steps<string[]> {
  const made: string[] = new Array(n);
  yield* pieces(n, (from, to) => takeStrings(made, from, to), pause);
  return made;
}

function* pieces(n: number, take: (from: number, to: number) => void, pause: Pause): Steps<void> {
  for (let from = 0; from < n; from += PIECE) {
    take(from, Math.min(n, from + PIECE));
    const paused = pause();
    if (paused !== undefined) yield paused;
  }
}

function array(): unknown[] {
  const n = number();
  if (containers === null) {
    nextContainer++;
    // The usual short ones, without a store that is filled with holes first.
    if (n === 0) return [];
    if (ops[at] !== op.HOLES) {
      if (n === 1) return [read()];
      if (n === 2) {
        const first = read();
        if (ops[at] !== op.HOLES) return [first, read()];
        at++;
        number();
        const sparse = [first];
        sparse.length = 2;
        return sparse;
      }
    }
  }
  const made: unknown[] = new Array(n);
  open(made);
  fill(made, n);
  return made;
}

function fill(made: unknown[], n: number): void {
  for (let i = 0; i < n; i++) {
    if (ops[at] === op.HOLES) {
      at++;
      i += number() - 1;
    } else {
      made[i] = read();
    }
  }
}

function object(keys: string[]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  open(made);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (key === '__proto__') put(made, key, read());
    else made[key] = read();
  }
  return made;
}

function put(made: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') {
    made[key] = value;
    return;
  }
  // Assigning would set the prototype.
  Object.defineProperty(made, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function numberRun(ints: boolean): number[] {
  const made = beginNumbers();
  takeNumbers(made, 0, made.length, ints);
  return made;
}

function beginNumbers(): number[] {
  const made: number[] = new Array(number());
  at = (at + 7) & ~7;
  open(made);
  return made;
}

/** A part of a run of numbers. */
function takeNumbers(made: number[], from: number, to: number, ints: boolean): void {
  const n = to - from;
  const start = ops.byteOffset + at;
  const run = ints ? new Int32Array(ops.buffer, start, n) : new Float64Array(ops.buffer, start, n);
  at += run.byteLength;
  for (let i = 0; i < n; i++) made[from + i] = run[i] as number;
}

function buffer(): ArrayBuffer | Blob {
  return buffers[number()] as ArrayBuffer | Blob;
}

function other(): unknown {
  const code = ops[at++];
  const place = nextContainer;
  switch (code) {
    case op.MAP: {
      const n = number();
      const made = new Map<unknown, unknown>();
      open(made);
      for (let i = 0; i < n; i++) {
        const key = read();
        made.set(key, read());
      }
      return made;
    }
    case op.SET:
    case op.FROZENSET: {
      const n = number();
      const made = code === op.SET ? new Set<unknown>() : new PyFrozenSet<unknown>();
      open(made);
      for (let i = 0; i < n; i++) made.add(read());
      return made;
    }
    case op.TUPLE: {
      const n = number();
      const made = new PyTuple<unknown>();
      made.length = n;
      open(made);
      fill(made, n);
      return made;
    }
    case op.DATE: {
      at += 8;
      const made = new Date(view.getFloat64(at - 8, true));
      open(made);
      return made;
    }
    case op.DATETIME: {
      at += 8;
      const time = view.getFloat64(at - 8, true);
      open(undefined);
      const [microsecond, fold, tzinfo] = [read() as number, read() as 0 | 1, read()];
      return closed(place, new PyDateTime(time, { microsecond, fold, tzinfo }));
    }
    case op.BIGINT:
      return bigint();
    case op.BYTES: {
      open(undefined);
      return closed(place, bytesBuilder(buffer()));
    }
    case op.TYPED: {
      const kind = ops[at++] as number;
      open(undefined);
      return closed(place, makeArray(kind, buffer() as ArrayBuffer));
    }
    case op.NDARRAY: {
      open(undefined);
      const order = ops[at++] === 1 ? 'F' : 'C';
      const content = buffer() as ArrayBuffer;
      const dtype = read();
      return closed(place, makeArray({ dtype, order, shape: read() as number[] }, content));
    }
    case op.OBJECTS: {
      const made = makeObjects(ops[at++] === 1 ? 'F' : 'C');
      open(made.array);
      const shape = read() as number[];
      return closed(place, made.finish(shape, read() as unknown[]));
    }
    case op.RECORDS: {
      const made = makeObjects(ops[at++] === 1 ? 'F' : 'C');
      open(made.array);
      const dtype = read();
      const shape = read() as number[];
      return closed(place, made.finish(shape, read() as unknown[], dtype));
    }
    case op.PYOBJECT: {
      const construct = ops[at++] as number;
      const made = makePyObject(construct & ~op.EXTENDED);
      open(made.object);
      const fields: unknown[] = [];
      const n = (construct & op.EXTENDED) === 0 ? 6 : 9;
      for (let i = 0; i < n; i++) fields.push(read());
      return closed(place, made.finish(fields));
    }
    case op.NOTE: {
      const kind = string();
      open(undefined);
      const note = buildNote(kind);
      if (note.begun !== undefined) closed(place, note.begun);
      return closed(place, note.finish(read()));
    }
    default:
      throw new RangeError(`not an op of a tape: ${code}`);
  }
}

function bigint(): bigint {
  const n = number();
  let hex = '';
  for (let i = at + n - 1; i >= at; i--) hex += (ops[i] as number).toString(16).padStart(2, '0');
  at += n;
  return BigInt.asIntN(n * 8, BigInt(`0x${hex}`));
}
