// The walker in steps, for values that take long: between them a page does other things. Large plain
// objects and arrays are gone through here; what they hold is small, and left to walk.ts.

import { refuseArrayProperties } from './extra-properties.js';
import { ARRAY, DICT, type Tape } from './ops.js';
import { bytes, finish, known, limit, need, number } from './tape-out.js';
import {
  arrayRun,
  beginWalk,
  endWalk,
  enter,
  holesFrom,
  leave,
  stringRun,
  suspendWalk,
  walk,
  writeHoles,
} from './walk.js';
import { weigh } from './weight.js';

/** Containers of about so many values are walked at once: a fraction of a ms. */
const AT_ONCE = 2_000;

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
  const weight = isArray || isObject ? weigh(value).values : 0;
  if (weight < AT_ONCE) return walk(value, p);
  if (p > limit) need(p, 0);
  const end = known(value, p);
  if (end !== 0) return end;
  enter(value);
  p = isArray
    ? yield* arraySteps(value as unknown[], weight, p, pause)
    : yield* objectSteps(value as Record<string, unknown>, p, pause);
  leave();
  return p;
}

function* arraySteps(values: unknown[], weight: number, p: number, pause: Pause): Steps {
  const n = values.length;
  const run = n > 8 ? arrayRun(values, n, p) : 0;
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
function* objectSteps(value: Record<string, unknown>, p: number, pause: Pause): Steps {
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
