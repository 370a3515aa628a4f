// The hash in steps, for values that take long: between them a page does other things. Large plain
// objects, arrays, Maps, Sets and NDArrays of objects are gone through here; what they hold is small, and
// left to hash-walk.ts. The contents of large arrays are hashed after a first walk, which tells which there are, and before the second.

import type { Engine } from '../wasm.js';
import { refuseArrayProperties, refuseOwn } from './extra-properties.js';
import { objectsHead } from './hash-kinds.js';
import { HashMemory } from './hash-memory.js';
import {
  beginHash,
  depth,
  endHash,
  enter,
  entered,
  FLUSH_BYTES,
  flush,
  leave,
  lowest,
  reference,
  shapeOf,
  suspendHash,
  WALKERS,
  walk,
} from './hash-walk.js';
import { kindOf } from './kinds.js';
import { sortInSteps } from './sort-digests.js';
import type { NDArray } from './types.js';
import { Unsupported } from './unsupported.js';
import { elementsOf } from './walk-kinds.js';
import { weigh } from './weight.js';

/** Containers of about so many values are hashed at once: a fraction of a ms. */
const AT_ONCE = 2_000;
/** Levels of containers that are gone through in steps: in cycles a walk goes deep, and often. */
const STEP_LEVELS = 6;
/** Contents from this size on are hashed in slices. */
const LARGE_CONTENT = 1 << 20;
/** So much of them at once. */
const PIECE = 1 << 16;

type Pause = () => Promise<void> | undefined;
type Steps = Generator<Promise<void>, number, void>;

/**
 * The hash of a value, as `hashNow` gives it, but not taken at one time: what is changed before the
 * promise has resolved may be seen.
 *
 * @throws what `locating` turns into UNSUPPORTED_VALUE; `BlobNotRead`
 */
export async function hashInSlices(engine: Engine, value: unknown, pause: Pause): Promise<string> {
  const m = new HashMemory(engine);
  const digests = new Digests();
  try {
    m.elsewhere = (content) => digests.of(content);
    const hash = await walkOnce(m, value, pause);
    if (digests.missing.length === 0) return hash;
    await digests.make(m, pause);
    // What is not found now, as an array that is made anew at each walk, is hashed by the walk.
    m.elsewhere = (content) => digests.known(content);
    return await walkOnce(m, value, pause);
  } finally {
    m.free();
  }
}

async function walkOnce(m: HashMemory, value: unknown, pause: Pause): Promise<string> {
  beginHash(m);
  try {
    const steps = walkSteps(m, value, 1, pause);
    for (;;) {
      const step = steps.next();
      if (step.done) return m.hex(step.value);
      const resume = suspendHash();
      await step.value;
      resume();
      m.need(0, 0);
    }
  } finally {
    endHash(m);
  }
}

function* walkSteps(m: HashMemory, value: unknown, p: number, pause: Pause): Steps {
  if (typeof value !== 'object' || value === null || depth >= STEP_LEVELS) return walk(m, value, p);
  const { values: weight } = weigh(value);
  if (weight < AT_ONCE) return walk(m, value, p);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Array.prototype)
    return yield* container(m, value, arraySteps, weight, p, pause);
  if (prototype === Object.prototype || prototype === null)
    return yield* container(m, value, objectSteps, weight, p, pause);
  const kind = kindOf(value, prototype);
  refuseOwn(value, kind);
  switch (kind.name) {
    case 'map':
      return yield* container(m, value, mapSteps, weight, p, pause);
    case 'set':
      return yield* container(m, value, setSteps, weight, p, pause);
    case 'ndarray':
      if (!Array.isArray((value as NDArray).data)) return walk(m, value, p);
      m.need(p, 0);
      p = objectsHead(WALKERS, m, value as NDArray, p);
      return yield* container(m, value, objectsSteps, weight, p, pause);
    default:
      return walk(m, value, p);
  }
}

/** As `container` in hash-walk.ts. */
function* container(
  m: HashMemory,
  value: object,
  write: (m: HashMemory, value: never, weight: number, p: number, pause: Pause) => Steps,
  weight: number,
  p: number,
  pause: Pause,
): Steps {
  m.need(p, 0);
  const met = reference(m, value, p);
  if (met !== 0) return met;
  const mine = depth;
  const before = entered;
  const outside = lowest;
  const { pieces } = m;
  enter(m, value);
  const end = yield* write(m, value as never, weight, p, pause);
  return leave(m, value, p, end, mine, before, outside, pieces);
}

function* mapSteps(
  m: HashMemory,
  value: Map<unknown, unknown>,
  weight: number,
  p: number,
  pause: Pause,
): Steps {
  const entries = Map.prototype.entries.call(value);
  const n: number = Reflect.get(Map.prototype, 'size', value);
  return yield* unorderedSteps(m, value, 11, n, entries, weight, p, pause);
}

function* setSteps(
  m: HashMemory,
  value: Set<unknown>,
  weight: number,
  p: number,
  pause: Pause,
): Steps {
  const items = Set.prototype.values.call(value);
  const n: number = Reflect.get(Set.prototype, 'size', value);
  return yield* unorderedSteps(m, value, 12, n, items, weight, p, pause);
}

/** Entries of a Map or items of a Set, of which each is hashed by itself. */
function* unorderedSteps(
  m: HashMemory,
  value: object,
  tag: 11 | 12,
  n: number,
  entries: Iterable<unknown>,
  weight: number,
  p: number,
  pause: Pause,
): Steps {
  const small = weight / n < AT_ONCE / 4;
  m.bytes[p] = tag;
  m.view.setUint32(p + 1, n, true);
  p += 5;
  const start = p;
  for (const entry of entries) {
    if ((p - start) / 32 === n) throw changed(value);
    m.need(p, 64);
    let end = p;
    let item = entry;
    if (tag === 11) {
      end = walk(m, (entry as [unknown, unknown])[0], p);
      item = (entry as [unknown, unknown])[1];
    }
    end = small ? walk(m, item, end) : yield* walkSteps(m, item, end, pause);
    m.need(end, 64);
    m.hasher.digest(p, end, p);
    p += 32;
    const paused = pause();
    if (paused !== undefined) yield paused;
  }
  if ((p - start) / 32 !== n) throw changed(value);
  yield* sortInSteps(m, start, n, pause);
  return p;
}

function changed(value: object): Unsupported {
  return new Unsupported(value, 'it changed while it was read');
}

function* objectsSteps(
  m: HashMemory,
  value: NDArray,
  weight: number,
  p: number,
  pause: Pause,
): Steps {
  return yield* arraySteps(m, elementsOf(value), weight, p, pause);
}

function* arraySteps(
  m: HashMemory,
  values: unknown[],
  weight: number,
  p: number,
  pause: Pause,
): Steps {
  const start = p;
  const n = values.length;
  const small = weight / n < AT_ONCE / 4;
  m.bytes[p] = 9;
  m.view.setUint32(p + 1, n, true);
  p += 5;
  let begun = false;
  let dense = true;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (value === undefined && !Object.hasOwn(values, i)) {
      dense = false;
      m.need(p, 0);
      m.bytes[p++] = 4;
    } else {
      p = small ? walk(m, value, p) : yield* walkSteps(m, value, p, pause);
    }
    if (p - start > FLUSH_BYTES) {
      p = flush(m, start, p, begun);
      begun = true;
    }
    const paused = pause();
    if (paused !== undefined) yield paused;
  }
  refuseArrayProperties(values, dense);
  return p;
}

function* objectSteps(
  m: HashMemory,
  value: Record<string, unknown>,
  _: number,
  p: number,
  pause: Pause,
): Steps {
  const start = p;
  const { sorted } = shapeOf(value);
  const small = sorted.length > AT_ONCE;
  m.bytes[p] = 10;
  m.view.setUint32(p + 1, sorted.length, true);
  p += 5;
  let begun = false;
  for (const key of sorted) {
    p = m.string(key, p);
    p = small ? walk(m, value[key], p) : yield* walkSteps(m, value[key], p, pause);
    if (p - start > FLUSH_BYTES) {
      p = flush(m, start, p, begun);
      begun = true;
    }
    const paused = pause();
    if (paused !== undefined) yield paused;
  }
  return p;
}

const ZEROS = new Uint8Array(32);

/** Digests of large contents, by their place in their buffer. */
class Digests {
  readonly missing: Uint8Array[] = [];
  #known = new Map<ArrayBufferLike, Map<string, Uint8Array>>();

  /** The digest, or zeros where it has still to be made; undefined for a small content. */
  of(content: Uint8Array): Uint8Array | undefined {
    if (content.byteLength < LARGE_CONTENT) return undefined;
    this.missing.push(content);
    return ZEROS;
  }

  known({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array | undefined {
    return this.#known.get(buffer)?.get(`${byteOffset} ${byteLength}`);
  }

  async make(m: HashMemory, pause: Pause): Promise<void> {
    for (const content of this.missing) {
      if (this.known(content) !== undefined) continue;
      m.hasher.begin();
      for (let at = 0; at < content.byteLength; at += PIECE) {
        await pause();
        m.need(0, PIECE);
        const piece = content.subarray(at, at + PIECE);
        m.bytes.set(piece);
        m.hasher.update(0, piece.byteLength);
      }
      m.hasher.finish(0);
      m.need(0, 0);
      const { buffer, byteOffset, byteLength } = content;
      const places = this.#known.get(buffer) ?? new Map<string, Uint8Array>();
      this.#known.set(buffer, places);
      places.set(`${byteOffset} ${byteLength}`, m.bytes.slice(0, 32));
    }
  }
}
