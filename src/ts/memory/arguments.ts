// The arguments of a call, as they are when the call is made: what the caller changes afterwards
// changes neither the key nor what the function is given.

import { fromTape, loadBuilding, type Tape, toTape } from '../values/index.js';
import type { Filter } from './ignore.js';

/** Up to this many bytes of buffers are copied at the call; larger ones are compared by hash instead. */
const COPY_BYTES = 16 << 20;

/** The arguments of one call. */
export class TakenArguments {
  /** The caller's own values, which may have changed by now. */
  readonly live: readonly unknown[];
  readonly #counting: Filter;
  #all: Tape | undefined;
  /** Where an ignored argument cannot be held: of those that count. */
  #counted: Tape | undefined;

  /**
   * Reads the arguments. `copyAll` where they are not hashed before the call returns.
   *
   * @throws `UNSUPPORTED_VALUE` for what counts and cannot be held
   */
  constructor(args: readonly unknown[], counting: Filter, copyAll: boolean) {
    this.live = args;
    this.#counting = counting;
    if (!this.canChange) return;
    const counted = counting(args);
    try {
      this.#all = copied(toTape(args, { share: true }), copyAll);
    } catch (error) {
      if (counted.every((value, i) => value === args[i]) && counted.length === args.length)
        throw error;
      this.#counted = copied(toTape(counted, { share: true }), copyAll);
    }
  }

  /** Whether the caller is able to change them: not where all are numbers, strings and the like. */
  get canChange(): boolean {
    return this.live.some((value) => typeof value === 'object' && value !== null);
  }

  /** The arguments as they were, made anew; undefined where they could not be copied. */
  restore(): unknown[] | undefined {
    if (!this.canChange) return [...this.live];
    return this.#all && (fromTape(this.#all) as unknown[]);
  }

  /** As `restore`, where the engine could not be loaded; the caller's own values if nothing can make them anew. */
  async restoreWithoutEngine(): Promise<readonly unknown[]> {
    if (!this.canChange) return this.live;
    try {
      await loadBuilding();
      return this.restore() ?? this.live;
    } catch {
      return this.live;
    }
  }

  /** As `restore`, but only the arguments that count. */
  restoreCounted(): readonly unknown[] | undefined {
    if (this.#counted) return fromTape(this.#counted) as unknown[];
    const all = this.restore();
    return all && this.#counting(all);
  }
}

/** The tape with buffers of its own, unless they are too large for that. */
function copied(tape: Tape, always: boolean): Tape | undefined {
  const nbytes = tape.buffers.reduce((sum, buffer) => sum + bytesOf(buffer), 0);
  if (!always && nbytes > COPY_BYTES) return undefined;
  return { ...tape, buffers: tape.buffers.map((buffer) => buffer.slice(0)) };
}

/** What a copy costs: a Blob, which cannot change, is not copied. */
function bytesOf(buffer: ArrayBuffer | Blob): number {
  return buffer instanceof ArrayBuffer ? buffer.byteLength : 0;
}
