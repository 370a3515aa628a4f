// What tells cached functions apart: the name in func_id; source, version and deps in args_id, beside the
// arguments. So two deployments of one page do not wipe each other's results.

import { type Tape, toTape } from '../values/index.js';
import { type Filter, ignoring } from './ignore.js';
import { parametersOf } from './parameters.js';

/** A function that can be cached. */
// biome-ignore lint/suspicious/noExplicitAny: TypeScript infers parameters through `any` only
export type Cacheable = (...args: any[]) => unknown;

/** What `memory.cache` takes to tell functions and calls apart. */
export interface IdentityOptions {
  /** The function's name; its own where it has one. Give it where a minifier renames functions. */
  readonly name?: string | undefined;
  /** Change it where a result changes though the source of the function does not. */
  readonly version?: string | number | undefined;
  /** Arguments that do not count: positions, parameter names, or paths such as `'options.verbose'`. */
  readonly ignore?: readonly (string | number)[] | undefined;
  /**
   * What the function closes over, in an array or by name: functions, which count by their source, cached
   * ones with their own version and deps, and values, which are read now. Where one differs, results are
   * computed again.
   */
  readonly deps?: readonly unknown[] | Readonly<Record<string, unknown>> | undefined;
}

/** Those of cached functions, by the function that was made. */
const identities = new WeakMap<object, Identity>();

/** The function that `cached` was made of and its identity, if `memory.cache` made it. */
export function identityOf(cached: unknown): Identity | undefined {
  return identities.get(cached as object);
}

/** Notes what `memory.cache` made. */
export function setIdentity(cached: object, identity: Identity): void {
  identities.set(cached, identity);
}

/** Tells one function's calls apart. */
export class Identity {
  readonly fn: Cacheable;
  readonly name: string;
  /** The text of the function. */
  readonly source: string;
  /** The names of its parameters. */
  readonly parameters: readonly (string | undefined)[];
  /** The position of a `...rest` parameter. */
  readonly rest: number | undefined;
  /** Leaves out the arguments that do not count. */
  readonly counting: Filter;
  readonly #version: string | number | null;
  readonly #deps: Tape | undefined;

  /**
   * @throws `TypeError` for a function that cannot be told from others
   * @throws UnsupportedError UNSUPPORTED_VALUE for deps that cannot be held
   */
  constructor(fn: Cacheable, { name, version, ignore, deps }: IdentityOptions) {
    if (typeof fn !== 'function') {
      throw new TypeError(
        `memory.cache: expected a function, got ${fn === null ? 'null' : typeof fn}`,
      );
    }
    if (version !== undefined && typeof version !== 'string' && typeof version !== 'number') {
      throw new TypeError(
        `memory.cache: version must be a string or a number, got ${typeof version}`,
      );
    }
    if (ignore !== undefined && !Array.isArray(ignore)) {
      throw new TypeError(`memory.cache: ignore must be an array, got ${typeof ignore}`);
    }
    this.fn = fn;
    this.name = checkName(fn, name, version);
    const { names, rest } = parametersOf(fn);
    this.source = fn.toString();
    this.parameters = names;
    this.rest = rest;
    this.#version = version ?? null;
    this.counting = ignore?.length ? ignoring(ignore, { names, rest }, this.name) : (args) => args;
    if (deps !== undefined) this.#deps = readDeps(deps);
  }

  /**
   * What tells the function from others of its name, as a value; `build` makes one of the deps' tape, which
   * where the function is a dep itself is a value like any other.
   */
  content(build: (tape: Tape) => unknown = (tape) => tape): unknown {
    return [this.source, this.#version, this.#deps ? build(this.#deps) : null];
  }
}

function checkName(
  fn: Cacheable,
  given: string | undefined,
  version: string | number | undefined,
): string {
  if (given !== undefined && typeof given !== 'string') {
    throw new TypeError(`memory.cache: name must be a string, got ${typeof given}`);
  }
  const name = given ?? fn.name;
  if (name === '') {
    throw new TypeError(
      "memory.cache: a function without a name cannot be found again: give it one, cache(fn, { name: 'heavy' })",
    );
  }
  if (fn.name.startsWith('bound ') && (given === undefined || version === undefined)) {
    throw new TypeError(
      `memory.cache: the source of ${fn.name} cannot be read, nor what it is bound to: ` +
        'cache a function that takes the object as an argument, or give a name and a version',
    );
  }
  return name;
}

/** Reads what a function closes over; a text is told from the source that is that text. */
function readDeps(deps: readonly unknown[] | Readonly<Record<string, unknown>>): Tape {
  if (!Array.isArray(deps) && Object.prototype.toString.call(deps) !== '[object Object]') {
    throw new TypeError(`memory.cache: deps must be an array or an object, got ${typeof deps}`);
  }
  const read = Object.entries(deps).map(([name, dep]) => [name, [readDep(dep), typeof dep]]);
  const tape = toTape(Object.fromEntries(read));
  if (tape.buffers.some((buffer) => !(buffer instanceof ArrayBuffer))) {
    throw new TypeError('memory.cache: deps cannot hold Blobs');
  }
  return tape;
}

function readDep(dep: unknown): unknown {
  if (typeof dep !== 'function') return dep;
  if (dep.name.startsWith('bound ')) {
    throw new TypeError(`memory.cache: the source of ${dep.name} cannot be read`);
  }
  return identityOf(dep)?.content() ?? dep.toString();
}
