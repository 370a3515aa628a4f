// The walker in steps, for values that take long: between them a page does other things. Large plain
// objects, arrays, Maps, Sets and NDArrays of objects are gone through here; what they hold is small, and
// left to walk.ts.

import { refuseArrayProperties, refuseOwn } from './extra-properties.js';
import { kindOf } from './kinds.js';
import { ARRAY, DICT, FROZENSET, MAP, SET, STRINGS, type Tape } from './ops.js';
import { byte, bytes, finish, known, limit, need, number } from './tape-out.js';
import type { NDArray } from './types.js';
import { Unsupported } from './unsupported.js';
import {
  allAre,
  areInts,
  arrayRun,
  beginNumbers,
  beginWalk,
  endWalk,
  enter,
  holesFrom,
  isRun,
  leave,
  putNumbers,
  putStrings,
  stringRun,
  suspendWalk,
  WALKERS,
  walk,
  writeHoles,
} from './walk.js';
import { elementsOf, objectsHead } from './walk-kinds.js';
import { weigh } from './weight.js';

/** Containers of about so many values are walked at once: a fraction of a ms. */
const AT_ONCE = 2_000;

/** So many items of a run are written between two questions for a pause. */
const PIECE = 4_096;

type Pause = () => Promise<void> | undefined;
type Steps = Generator<Promise<void>, number, void>;

/**
 * Reads a value as `writeTape` does, but not at one time: what is changed before the promise has
 * resolved may be seen. `pause` is asked after each part, and waited for if it gives a promise.
 *
 * @throws what `locating` turns into UNSUPPORTED_VALUE
 */
export async function writeTapeInSlices(
  value: unknown,
  share: boolean,
  pause: Pause,
): Promise<Tape> {
  beginWalk(share);
  try {
    const steps = walkSteps(value, 1, pause);
    for (;;) {
      const step = steps.next();
      if (step.done) return finish(step.value);
      const resume = suspendWalk();
      await step.value;
      resume();
    }
  } finally {
    endWalk();
  }
}

function* walkSteps(value: unknown, p: number, pause: Pause): Steps {
  if (typeof value !== 'object' || value === null) return walk(value, p);
  const prototype = Object.getPrototypeOf(value);
  const isArray = prototype === Array.prototype;
  const isObject = prototype === Object.prototype || prototype === null;
  const { values: weight } = weigh(value);
  if (weight < AT_ONCE) return walk(value, p);
  const write = isArray ? arraySteps : isObject ? objectSteps : otherSteps(value, prototype);
  if (write === undefined) return walk(value, p);
  if (p > limit) need(p, 0);
  const end = known(value, p);
  if (end !== 0) return end;
  enter(value);
  p = yield* write(value as never, weight, p, pause);
  leave();
  return p;
}

type Write = (value: never, weight: number, p: number, pause: Pause) => Steps;

/** How an object of another kind is written in steps, if it is. */
function otherSteps(value: object, prototype: object): Write | undefined {
  const kind = kindOf(value, prototype);
  refuseOwn(value, kind);
  switch (kind.name) {
    case 'map':
      return mapSteps;
    case 'set':
    case 'frozenset': {
      const op = kind.name === 'set' ? SET : FROZENSET;
      return (value, weight, p, pause) => setSteps(value, weight, byte(op, p), pause);
    }
    case 'ndarray':
      return Array.isArray((value as NDArray).data) ? objectsSteps : undefined;
    default:
      return undefined;
  }
}

function changed(value: object): Unsupported {
  return new Unsupported(value, 'it changed while it was read');
}

function* mapSteps(value: Map<unknown, unknown>, weight: number, p: number, pause: Pause): Steps {
  const n = getSize(Map.prototype, value);
  const small = weight / n < AT_ONCE / 4;
  p = number(n, byte(MAP, p));
  let rest = n;
  for (const [key, item] of Map.prototype.entries.call(value)) {
    if (rest-- === 0) throw changed(value);
    p = walk(key, p);
    p = small ? walk(item, p) : yield* walkSteps(item, p, pause);
    const paused = pause();
    if (paused !== undefined) yield paused;
  }
  if (rest !== 0) throw changed(value);
  return p;
}

function* setSteps(value: Set<unknown>, weight: number, p: number, pause: Pause): Steps {
  const n = getSize(Set.prototype, value);
  const small = weight / n < AT_ONCE / 4;
  p = number(n, p);
  let rest = n;
  for (const item of Set.prototype.values.call(value)) {
    if (rest-- === 0) throw changed(value);
    p = small ? walk(item, p) : yield* walkSteps(item, p, pause);
    const paused = pause();
    if (paused !== undefined) yield paused;
  }
  if (rest !== 0) throw changed(value);
  return p;
}

/** The size of a Map or Set that is perhaps of another realm. */
function getSize(prototype: object, value: object): number {
  return Reflect.get(prototype, 'size', value);
}

function* objectsSteps(value: NDArray, _: number, p: number, pause: Pause): Steps {
  p = objectsHead(WALKERS, value, p);
  return yield* walkSteps(elementsOf(value), p, pause);
}

/** An array of only numbers or only strings; 0 if it is another one. */
function* runSteps(values: unknown[], n: number, p: number, pause: Pause): Steps {
  const type = typeof values[0];
  if (!isRun(values, type)) return 0;
  let ints = type === 'number';
  for (let from = 0; from < n; from += PIECE) {
    const to = Math.min(n, from + PIECE);
    if (!allAre(type, values, from, to)) return 0;
    ints &&= areInts(values as number[], from, to);
    const paused = pause();
    if (paused !== undefined) yield paused;
  }
  const isNumbers = type === 'number';
  need(p, 8);
  p = isNumbers ? beginNumbers(ints, n, p) : number(n, byte(STRINGS, p));
  for (let from = 0; from < n; from += PIECE) {
    const to = Math.min(n, from + PIECE);
    if (!allAre(type, values, from, to)) throw changed(values);
    p = isNumbers
      ? putNumbers(values as number[], from, to, ints, p)
      : putStrings(values as string[], from, to, p);
    const paused = pause();
    if (paused !== undefined) yield paused;
  }
  return p;
}

function* arraySteps(values: unknown[], weight: number, p: number, pause: Pause): Steps {
  const n = values.length;
  const run = n > PIECE ? yield* runSteps(values, n, p, pause) : n > 8 ? arrayRun(values, n, p) : 0;
  if (run !== 0) {
    refuseArrayProperties(values, true);
    return run;
  }
  const small = weight / n < AT_ONCE / 4;
  need(p, 8);
  bytes[p] = ARRAY;
  p = number(n, p + 1);
  let dense = true;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (value === undefined && !Object.hasOwn(values, i)) {
      const count = holesFrom(values, i, n);
      dense = false;
      p = writeHoles(count, p);
      i += count - 1;
    } else {
      p = small ? walk(value, p) : yield* walkSteps(value, p, pause);
    }
    const paused = pause();
    if (paused !== undefined) yield paused;
  }
  refuseArrayProperties(values, dense);
  return p;
}

/** As a dictionary: shapes are for objects that there are many of. */
function* objectSteps(value: Record<string, unknown>, _: number, p: number, pause: Pause): Steps {
  const keys = Object.keys(value);
  p = stringRun(keys, keys.length, DICT, p);
  const small = keys.length > AT_ONCE;
  for (const key of keys) {
    p = small ? walk(value[key], p) : yield* walkSteps(value[key], p, pause);
    const paused = pause();
    if (paused !== undefined) yield paused;
  }
  return p;
}
