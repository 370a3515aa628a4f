// The tasks of a call: an array, any iterable or async iterable, taken from no faster than asked.

import { asTask, type Task } from './task.js';

/** Whatever `Parallel` may be called with. */
export type TaskInput<R> = Iterable<Task<R>> | AsyncIterable<Task<R>>;

/** Reads tasks in order and counts them. */
export class Input {
  /** How many there are, if that is known before they are read. */
  readonly total: number | undefined;
  #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly isAsync: boolean;
  #index = 0;
  #ended = false;
  #returned: Task[] = [];
  #underWay: Promise<Task | undefined> | undefined;

  constructor(tasks: TaskInput<unknown>) {
    const source = tasks as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
    this.total = Array.isArray(tasks) ? tasks.length : undefined;
    this.isAsync = typeof source?.[Symbol.asyncIterator] === 'function';
    const iterator = this.isAsync
      ? source?.[Symbol.asyncIterator]?.()
      : source?.[Symbol.iterator]?.();
    if (!iterator)
      throw new TypeError(
        `Parallel takes an iterable or async iterable of tasks, got ${typeof tasks}`,
      );
    this.#iterator = iterator;
  }

  /** Whether its end is known. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Puts back all tasks that were taken, in their order, and after them the one that `nextAsync` has
   * yet to give: they are taken again, by somebody else.
   */
  putBack(tasks: Task[], underWay: Promise<Task | undefined> | undefined): void {
    this.#returned = [...tasks].reverse();
    this.#underWay = underWay;
  }

  /** The next task of a synchronous input; undefined at its end. */
  next(): Task | undefined {
    if (this.#returned.length > 0) return this.#returned.pop();
    return this.#take((this.#iterator as Iterator<unknown>).next());
  }

  /** The next task of any input; undefined at its end. */
  async nextAsync(): Promise<Task | undefined> {
    const returned = this.#returned.pop();
    if (returned) return returned;
    const underWay = this.#underWay;
    this.#underWay = undefined;
    return underWay ?? this.#take(await this.#iterator.next());
  }

  /** Lets a generator clean up; what goes wrong in it concerns nobody any more. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      void Promise.resolve(this.#iterator.return?.()).catch(() => {});
    } catch {
      // As above, from a synchronous generator.
    }
  }

  #take(result: IteratorResult<unknown>): Task | undefined {
    if (this.#ended || result.done) {
      this.#ended = true;
      return undefined;
    }
    return asTask(result.value, this.#index++);
  }
}
