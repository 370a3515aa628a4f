// Where the walker writes a tape: ops and numbers, text, buffers, and which containers have been met.

import { BIGINT, BLOCK_UNITS, HAS_REFERENCES, REF, STR, STR_REF, type Tape } from './ops.js';

/** Places that a walker may use without asking. */
const SLACK = 64;

/** A scratch buffer that has grown beyond this is given back after the walk. */
const KEPT_BYTES = 1 << 23;

/** A buffer up to this size is copied in any case. */
const COPIED_BYTES = 1 << 16;

export let bytes = new Uint8Array(1 << 16);
export let view = new DataView(bytes.buffer);
/** Up to here there is slack. */
export let limit = bytes.length - SLACK;

let joined = '';
let joinedUnits = 0;
let blocks: string[] = [];
let nextString = 0;
let containers: Set<object> = new Set();
let count = 0;
let numbers: Map<object, number> | null = null;
let buffers: (ArrayBuffer | Blob)[] = [];
let copying = true;

// Recent short strings by a cheap hash of them; entries of older tapes are told by their generation.
const TABLE = 2048;
const recent: string[] = new Array(TABLE).fill('');
const recentNumber = new Int32Array(TABLE);
const recentGeneration = new Int32Array(TABLE);
let generation = 0;
let tries = 0;
let hits = 0;

/** Begins a tape. With `share`, buffers that need no cutting are listed themselves instead of copies. */
export function begin(share: boolean): void {
  copying = !share;
  joined = '';
  joinedUnits = nextString = count = tries = hits = 0;
  blocks = [];
  buffers = [];
  containers = new Set();
  numbers = null;
  generation++;
}

/** The tape, whose ops end at `end`. */
export function finish(end: number): Tape {
  bytes[0] = numbers === null ? 0 : HAS_REFERENCES;
  if (joined !== '') blocks.push(joined);
  return { ops: bytes.slice(0, end), text: blocks, buffers };
}

/** Lets go of everything that was met. */
export function clear(): void {
  begin(false);
  if (bytes.length > KEPT_BYTES) setBytes(new Uint8Array(1 << 16));
}

/** Keeps the state of a tape that is interrupted by another; what is returned puts it back. */
export function interrupt(): () => void {
  const kept = { bytes, joined, joinedUnits, blocks, nextString };
  const more = { containers, count, numbers, buffers, copying };
  setBytes(new Uint8Array(1 << 16));
  return () => {
    setBytes(kept.bytes);
    ({ joined, joinedUnits, blocks, nextString } = kept);
    ({ containers, count, numbers, buffers, copying } = more);
    // What the table of strings holds now is of the other tape.
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
  if (whole && !copying && byteLength > COPIED_BYTES) return of;
  if (of instanceof ArrayBuffer) return of.slice(byteOffset, byteOffset + byteLength);
  // A SharedArrayBuffer, or a buffer of another realm.
  const copy = new Uint8Array(byteLength);
  copy.set(new Uint8Array(of, byteOffset, byteLength));
  return copy.buffer;
}

/** Takes note of a container. If it has been met before, writes a reference to it and gives where that ends, otherwise 0. */
export function known(value: object, p: number): number {
  if (numbers === null) {
    containers.add(value);
    if (containers.size !== count) {
      count++;
      return 0;
    }
    // Met a second time: from now on containers have numbers, those of the order in the Set.
    numbers = new Map();
    let next = 0;
    for (const container of containers) numbers.set(container, next++);
  }
  const met = numbers.get(value);
  if (met === undefined) {
    numbers.set(value, count++);
    return 0;
  }
  bytes[p] = REF;
  return number(met, p + 1);
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
export function append(text: string, units: number): void {
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

export function bigint(value: bigint, p: number): number {
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
