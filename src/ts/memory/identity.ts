// What a cached function and a call of it are called: func_id by name, args_id by source, version
// and arguments. So two deployments of one page do not wipe each other's results.

import { hashValue } from '../values/index.js';
import { callEngine, type Engine } from '../wasm.js';
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
}

/** Tells one function's calls apart. */
export class Identity {
  readonly name: string;
  /** The text of the function. */
  readonly source: string;
  /** The names of its parameters. */
  readonly parameters: readonly (string | undefined)[];
  readonly #version: string | number | null;
  /** Leaves out the arguments that do not count. */
  readonly counting: Filter;
  #digest: string | undefined;

  /** @throws `TypeError` for a function that cannot be told from others */
  constructor(fn: Cacheable, { name, version, ignore }: IdentityOptions) {
    if (typeof fn !== 'function') {
      throw new TypeError(
        `memory.cache: expected a function, got ${fn === null ? 'null' : typeof fn}`,
      );
    }
    this.name = checkName(fn, name);
    if (version !== undefined && typeof version !== 'string' && typeof version !== 'number') {
      throw new TypeError(
        `memory.cache: version must be a string or a number, got ${typeof version}`,
      );
    }
    if (ignore !== undefined && !Array.isArray(ignore)) {
      throw new TypeError(`memory.cache: ignore must be an array, got ${typeof ignore}`);
    }
    const parameters = parametersOf(fn);
    this.source = fn.toString();
    this.parameters = parameters.names;
    this.#version = version ?? null;
    this.counting = ignore?.length ? ignoring(ignore, parameters, this.name) : (args) => args;
  }

  /**
   * The args_id of a call, from the arguments that count: 32 hex digits; a promise only where a Blob
   * must be read.
   *
   * @throws `UNSUPPORTED_VALUE` for arguments that cannot be told apart, such as functions
   */
  argsId(engine: Engine, counted: readonly unknown[]): string | Promise<string> {
    // A text is hashed at once.
    this.#digest ??= callEngine(() => hashValue(engine, this.source)) as string;
    return callEngine(() => hashValue(engine, [this.#digest, this.#version, counted]));
  }
}

function checkName(fn: Cacheable, given: string | undefined): string {
  if (given !== undefined && typeof given !== 'string') {
    throw new TypeError(`memory.cache: name must be a string, got ${typeof given}`);
  }
  const name = given ?? fn.name;
  if (name === '') {
    throw new TypeError(
      "memory.cache: a function without a name cannot be found again: give it one, cache(fn, { name: 'heavy' })",
    );
  }
  if (given === undefined && name.startsWith('bound ')) {
    throw new TypeError(
      `memory.cache: the source of ${name} cannot be read, nor what it is bound to: ` +
        'cache a function that takes the object as an argument, or give a name and a version',
    );
  }
  return name;
}
