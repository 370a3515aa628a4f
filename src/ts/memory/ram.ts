// Results that the page holds beside the store, least recently used first to go. Held as tapes, of which a
// value is made at each hit: what a caller does to one changes nothing here.

import { PIECE_BYTES } from '../parallel/pace.js';
import { onPage } from '../parallel/realm.js';
import { fromTape, type Tape } from '../values/index.js';
import type { ItemMetadata } from './metadata.js';

const DEFAULT_BYTES = 64 << 20;

/** What a result costs beside its content, about. */
const OVERHEAD_BYTES = 400;

/** How long a use is known to the store before it is told of another one. */
const TOUCH_MS = 1000;

/** A result that is held. */
export interface Held {
  /** Its directory in the store. */
  readonly path: string;
  readonly tape: Tape;
  readonly nbytes: number;
  /** Where it is found, and under what. */
  readonly results: Map<string, Held>;
  readonly argsHash: string;
  /** Once it was asked for. */
  metadata: ItemMetadata | undefined;
  /** Tells the store that it was used. */
  readonly touch: () => void;
  touchedMs: number;
}

/** The results of one location that this page holds. */
export class Ram {
  limit = DEFAULT_BYTES;
  /** Counts removals: what was read before one is not held after it. */
  removals = 0;
  #nbytes = 0;
  /** In the order of their last use. */
  readonly #order = new Set<Held>();
  readonly #byPath = new Map<string, Held>();
  readonly #functions = new Map<string, Map<string, Held>>();

  /** The results of a function, by the hash of their arguments. */
  ofFunction(digest: string): Map<string, Held> {
    const known = this.#functions.get(digest) ?? new Map<string, Held>();
    this.#functions.set(digest, known);
    return known;
  }

  /**
   * Copies a tape, to be held later; undefined where it is too large. A page copies no more at once than
   * takes it a few ms: what is larger comes from the store about as fast.
   */
  copy(tape: Tape): Tape | undefined {
    const most = onPage() ? Math.min(this.limit, PIECE_BYTES) : this.limit;
    return sizeOf(tape) > most ? undefined : copied(tape);
  }

  /** Holds a result, in place of the one at its path. */
  hold(held: Omit<Held, 'nbytes' | 'touchedMs'>): void {
    this.#drop(this.#byPath.get(held.path));
    const whole: Held = { ...held, nbytes: sizeOf(held.tape), touchedMs: Date.now() };
    this.#nbytes += whole.nbytes;
    this.#order.add(whole);
    this.#byPath.set(whole.path, whole);
    whole.results.set(whole.argsHash, whole);
    for (const oldest of this.#order) {
      if (this.#nbytes <= this.limit) break;
      this.#drop(oldest);
    }
  }

  /** The result as a value, which is now the last one used. */
  use(held: Held): unknown {
    this.#order.delete(held);
    this.#order.add(held);
    const now = Date.now();
    if (now - held.touchedMs > TOUCH_MS) {
      held.touchedMs = now;
      held.touch();
    }
    return fromTape(copied(held.tape));
  }

  /** A result or file at `path` was removed, or all whose path starts with it. */
  removed(path: string): void {
    this.removals++;
    const directory = path.replace(/\/(?:output\.pkl|metadata\.json)?$/, '');
    this.#drop(this.#byPath.get(directory));
    // What lies in the directory of a result is not looked for below others.
    if (/\/[0-9a-f]{32}$/.test(directory)) return;
    for (const held of this.#order) if (`${held.path}/`.startsWith(path)) this.#drop(held);
  }

  #drop(held: Held | undefined): void {
    if (!held || !this.#order.delete(held)) return;
    this.#nbytes -= held.nbytes;
    this.#byPath.delete(held.path);
    held.results.delete(held.argsHash);
  }
}

function sizeOf({ ops, text, buffers }: Tape): number {
  const units = text.reduce((sum, block) => sum + block.length, 0);
  const nbytes = buffers.reduce(
    (sum, buffer) => sum + (buffer instanceof ArrayBuffer ? buffer.byteLength : buffer.size),
    0,
  );
  return OVERHEAD_BYTES + ops.byteLength + 2 * units + nbytes;
}

/** The same tape with buffers of its own. */
export function copied(tape: Tape): Tape {
  if (tape.buffers.length === 0) return tape;
  return { ...tape, buffers: tape.buffers.map((buffer) => buffer.slice(0)) };
}

/** By database and location. */
const rams = new Map<string, Ram>();

/** What the page holds of a location: one for all `Memory`s of it. */
export function ramOf(databaseKey: string, location: string): Ram {
  const key = `${databaseKey}\n${location.replace(/\/+$/, '')}`;
  const ram = rams.get(key) ?? new Ram();
  rams.set(key, ram);
  return ram;
}
