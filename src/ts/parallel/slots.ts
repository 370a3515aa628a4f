// At most nJobs workers of one `Parallel` are busy: the places that its calls share.

/** A fixed number of places; who comes when all are taken waits in line. */
export class Slots {
  #free: number;
  #waiting: (() => void)[] = [];
  #holders = new Set<(count: number) => void>();
  #lent = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves when a place is taken. */
  take(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      const line = this.#waiting.length;
      for (const spare of [...this.#holders]) {
        spare(1);
        if (this.#waiting.length < line) return;
      }
      this.#callIn();
    });
  }

  /** How many wait in line. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Has `spare` called when places are needed: it may give up to so many. Undo with the function returned. */
  share(spare: (count: number) => void): () => void {
    this.#holders.add(spare);
    return () => this.#holders.delete(spare);
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }

  /**
   * Keeps a taken place until `give`, or until somebody needs it: then `leave` is called, which
   * gives it. Undo with the returned function before giving it otherwise.
   */
  lend(leave: () => void): () => void {
    this.#lent.add(leave);
    if (this.#waiting.length > 0) queueMicrotask(() => this.#callIn());
    return () => this.#lent.delete(leave);
  }

  #callIn(): void {
    const [leave] = this.#lent;
    if (!leave) return;
    this.#lent.delete(leave);
    leave();
  }
}
