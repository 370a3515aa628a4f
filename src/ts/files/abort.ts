// Waiting that an AbortSignal ends.

import { pace } from '../parallel/pace.js';

/** Who may stop a call, and what is told of it. */
export class Stop {
  readonly #signal: AbortSignal | undefined;
  /** Rejects when the signal is aborted; never resolves. */
  readonly #aborted: Promise<never> | undefined;
  #unlisten: (() => void) | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    if (signal === undefined) return;
    this.#aborted = new Promise((_, reject) => {
      const listener = () => reject(signal.reason);
      signal.addEventListener('abort', listener, { once: true });
      this.#unlisten = () => signal.removeEventListener('abort', listener);
    });
    this.#aborted.catch(() => {});
  }

  /** Throws the signal's reason if it is aborted. */
  check(): void {
    if (this.#signal?.aborted) throw this.#signal.reason;
  }

  /** `pace`, for work that the signal ends too. */
  pace(): Promise<void> | undefined {
    this.check();
    return pace();
  }

  /** The same promise, which rejects with the signal's reason when that is aborted before. */
  wait<T>(promise: Promise<T>): Promise<T> {
    return this.#aborted === undefined ? promise : Promise.race([promise, this.#aborted]);
  }

  /** The call is over: the signal keeps nothing of it. */
  release(): void {
    this.#unlisten?.();
  }
}
