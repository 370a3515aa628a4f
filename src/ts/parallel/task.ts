// A task: a function and its arguments, before it is known who runs it.

/** What `delayed(fn)(...args)` gives; opaque. `R` is what the task will give. */
export class Task<R = unknown> {
  /** @internal */
  readonly fn: (...args: never[]) => unknown;
  /** @internal */
  readonly args: unknown[];
  /** Keeps the type of the result; never set. */
  declare readonly result?: R;

  /** @internal */
  constructor(fn: (...args: never[]) => unknown, args: unknown[]) {
    this.fn = fn;
    this.args = args;
  }
}

/**
 * Captures a call instead of making it.
 *
 * ```ts
 * await Parallel({ nJobs: 2 })([1, 2, 3].map((x) => delayed(Math.sqrt)(x)));
 * ```
 */
export function delayed<Args extends unknown[], R>(
  fn: (...args: Args) => R,
): (...args: Args) => Task<Awaited<R>> {
  if (typeof fn !== 'function')
    throw new TypeError(`delayed(fn) takes a function, got ${describe(fn)}`);
  return (...args) => new Task<Awaited<R>>(fn as (...args: never[]) => unknown, args);
}

/** Checks an item of the input. */
export function asTask(item: unknown, index: number): Task {
  if (item instanceof Task) return item;
  const hint = typeof item === 'function' ? ': call it, delayed(fn)(...args)' : '';
  throw new TypeError(
    `Parallel takes tasks made by delayed(fn)(...args); item ${index} is ${describe(item)}${hint}`,
  );
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'object')
    return `an object (${value.constructor?.name ?? 'without a class'})`;
  return `${typeof value} ${String(value)}`;
}
