// The lines that joblib prints about the calls of a cached function, by its `verbose`.

import { describe } from './describe.js';
import type { Home } from './home.js';

/** Where lines go. What joblib logs as a warning is one here. */
const print = (line: string): void => console.log(line);
const warn = (line: string): void => console.warn(line);

/** As joblib writes a duration, e.g. `12.3s, 0.2min`. */
export function formatTime(seconds: number): string {
  return `${seconds.toFixed(1)}s, ${(seconds / 60).toFixed(1)}min`;
}

/** What is printed about one function. */
export class Report {
  readonly #home: Home;
  readonly #name: string;
  readonly #verbose: number;

  constructor(home: Home, name: string, verbose: number) {
    this.#home = home;
    this.#name = name;
    this.#verbose = verbose;
  }

  /** Before a result is looked up. */
  querying(args: readonly unknown[], argsId: string, dir: string): void {
    if (this.#verbose < 20) return;
    print(
      `[${this}]: \nQuerying ${this.#name} with signature\n${this.#signature(args)}.\n\n` +
        `(argument hash ${argsId})\n\nThe store location is ${withoutSlash(dir)}.\n`,
    );
  }

  /** Before a result is read; to be called when that is done. */
  loading(path: string): (() => void) | undefined {
    if (this.#verbose <= 1) return undefined;
    const since = formatTime((Date.now() - this.#home.madeMs) / 1000).padEnd(16);
    const from = this.#verbose < 10 ? '...' : ` from ${path}`;
    print(`[Memory]${since}: Loading ${this.#name}${from}`);
    const start = performance.now();
    return () => {
      if (this.#verbose > 4) this.#duration((performance.now() - start) / 1000, 'cache loaded ');
    };
  }

  /** Before the function is called. */
  calling(args: readonly unknown[], argsId: string, dir: string): void {
    if (this.#verbose > 10) {
      warn(
        `[${this}]: Computing func ${this.#name}, argument hash ${argsId} in location ${withoutSlash(dir)}`,
      );
    }
    print(`${'_'.repeat(80)}\n[Memory] Calling ${this.#name}...\n${this.#signature(args)}`);
  }

  /** Before a result is stored. */
  persisting(path: string): void {
    if (this.#verbose > 10) print(`Persisting in ${path}`);
  }

  /** After the function was called. */
  computed(durationS: number): void {
    this.#duration(durationS, '');
  }

  /** When the function's source is not the one that results are there of. */
  changed(dir: string): void {
    if (this.#verbose > 10) {
      warn(`[${this}]: Function ${this.#name} (identified by ${funcId(dir)}) has changed.`);
    }
  }

  /** Before all results of the function are removed. */
  clearing(dir: string): void {
    warn(`[${this}]: Clearing function cache identified by ${funcId(dir)}`);
  }

  toString(): string {
    return `MemorizedFunc(func=${this.#name}, location=${this.#home.location})`;
  }

  #duration(seconds: number, context: string): void {
    print(`${this.#name} ${context}- ${formatTime(seconds)}`.padStart(80, '_'));
  }

  /** The call; after a long argument the next one begins a line. */
  #signature(args: readonly unknown[]): string {
    const texts = args.map((arg) => describe(arg));
    const lines = texts.map((text, i) => ((texts[i - 1]?.length ?? 0) > 80 ? `\n${text}` : text));
    return `${this.#name}(${lines.join(', ')})`;
  }
}

/** From a function's directory. */
function funcId(dir: string): string {
  return dir.slice(dir.lastIndexOf('/joblib/') + 8, -1);
}

function withoutSlash(dir: string): string {
  return dir.slice(0, -1);
}
