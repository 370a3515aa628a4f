// The arguments of a call, as they are when the call is made: what the caller changes afterwards
// changes neither the key nor what the function is given.

import { fromTape, type Tape, toTape } from '../values/index.js';

/** Up to this many bytes of buffers are copied at the call; larger ones are compared by hash instead. */
const COPY_BYTES = 16 << 20;

/** The arguments of one call. */
export class TakenArguments {
  /** The caller's own values, which may have changed by now. */
  readonly live: readonly unknown[];
  readonly #tape: Tape | undefined;

  /**
   * Reads the arguments. `copyAll` where they are not hashed before the call returns.
   *
   * @throws `UNSUPPORTED_VALUE` for what cannot be held
   */
  constructor(args: readonly unknown[], copyAll: boolean) {
    this.live = args;
    if (!this.canChange) return;
    const tape = toTape(args, { share: true });
    const nbytes = tape.buffers.reduce((sum, buffer) => sum + bytesOf(buffer), 0);
    if (copyAll || nbytes <= COPY_BYTES) {
      this.#tape = { ...tape, buffers: tape.buffers.map((buffer) => buffer.slice(0)) };
    }
  }

  /** Whether the caller is able to change them: not where all are numbers, strings and the like. */
  get canChange(): boolean {
    return this.live.some((value) => typeof value === 'object' && value !== null);
  }

  /** The arguments as they were, made anew; undefined where they are too large to have been copied. */
  restore(): unknown[] | undefined {
    if (!this.canChange) return [...this.live];
    return this.#tape && (fromTape(this.#tape) as unknown[]);
  }
}

/** What a copy costs: a Blob, which cannot change, is not copied. */
function bytesOf(buffer: ArrayBuffer | Blob): number {
  return buffer instanceof ArrayBuffer ? buffer.byteLength : 0;
}
