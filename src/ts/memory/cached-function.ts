// A function whose results are kept: what happens at a call. Results are looked up by args_id,
// computed once for all who ask at once, in this page and in other tabs, and stored as joblib's files.

import { JobliteError } from '../errors.js';
import { fromTape, pickleToTape, readBlobs, tapeToPickle, toTape } from '../values/index.js';
import { type Engine, loadEngine, loadedEngine } from '../wasm.js';
import { TakenArguments } from './arguments.js';
import { describe } from './describe.js';
import { type Cacheable, Identity, type IdentityOptions } from './identity.js';
import type { Operation, Part, Store } from './store.js';
import { warn, warnOnce } from './warnings.js';

/**
 * What `memory.cache(fn)` gives: called like `fn`, it promises fn's result, computed or kept.
 *
 * A result that is kept is made anew at each call, so that changing it changes nothing in the cache.
 */
export interface MemorizedFunc<F extends Cacheable> {
  /**
   * @throws whatever `fn` throws: failures are not kept, and reject everyone who waits for them
   * @throws `UNSUPPORTED_VALUE` for arguments that cannot be told apart, such as functions
   */
  (...args: Parameters<F>): Promise<Awaited<ReturnType<F>>>;
  /** The function itself. */
  readonly func: F;
  /** Whether a call with these arguments would find its result. */
  checkCallInCache(...args: Parameters<F>): Promise<boolean>;
  /** Forgets all results of this function, also those of its older sources. */
  clear(): Promise<void>;
}

/** What a cached function needs of its `Memory`. */
export interface Home {
  readonly durability: 'relaxed' | 'strict';
  readonly claimTimeoutMs: number | undefined;
  /** Tells databases apart, and within them locations. */
  readonly key: string;
  /** The store, or undefined where it cannot be had; the user has been told. */
  store(): Promise<Store | undefined>;
  /** The store, for what is of no use without it. */
  requireStore(): Promise<Store>;
  /** The directory of a function, with its '/'. */
  functionDir(engine: Engine, name: string): string;
  /** Tells the user, once, that the cache failed. */
  failed(error: unknown): void;
  /** Whether the directory's func_code.py is known to be this source. */
  readonly sources: Map<string, string>;
}

/** A result, and the file it became or came from; without one it could not be stored. */
interface Answer {
  readonly output: unknown;
  readonly parts: Part[] | undefined;
}

/** Where a call's result lies, or will. */
interface Located {
  readonly engine: Engine;
  readonly path: string;
  readonly argsId: string;
}

/** A lookup or computation that is under way, and those who asked for the same meanwhile. */
interface UnderWay {
  readonly joined: { resolve: (output: unknown) => void; reject: (error: unknown) => void }[];
}

/** By location and path: one for each key in this page. */
const underWay = new Map<string, UnderWay>();

/** Makes the cached form of `fn`. Without a `home` nothing is kept. */
export function cacheFunction<F extends Cacheable>(
  home: Home | undefined,
  fn: F,
  options: IdentityOptions,
): MemorizedFunc<F> {
  const identity = new Identity(fn, options);
  const call = home
    ? new CachedFunction(home, fn, identity)
    : {
        call: async (args: unknown[]) => fn(...args),
        has: async () => false,
        clear: async () => {},
      };
  const memorized = (...args: unknown[]) => call.call(args);
  return Object.assign(memorized, {
    func: fn,
    checkCallInCache: (...args: unknown[]) => call.has(args),
    clear: () => call.clear(),
  }) as unknown as MemorizedFunc<F>;
}

class CachedFunction {
  readonly #home: Home;
  readonly #fn: Cacheable;
  readonly #identity: Identity;

  constructor(home: Home, fn: Cacheable, identity: Identity) {
    this.#home = home;
    this.#fn = fn;
    this.#identity = identity;
  }

  // Up to the first await this runs before the caller goes on.
  async call(args: unknown[]): Promise<unknown> {
    const taken = this.#take(args);
    let located: Located;
    try {
      located = await this.#locate(taken);
    } catch (error) {
      if (!(error instanceof JobliteError && error.code === 'NOT_INITIALIZED')) throw error;
      // Without the engine nothing can be looked up; the answer is the same.
      this.#home.failed(error);
      return this.#fn(...(await taken.restoreWithoutEngine()));
    }
    const { engine, path, argsId } = located;
    const key = `${this.#home.key} ${path}`;
    const other = underWay.get(key);
    if (other) return new Promise((resolve, reject) => other.joined.push({ resolve, reject }));
    const mine: UnderWay = { joined: [] };
    underWay.set(key, mine);
    try {
      const answer = await this.#answer(engine, path, argsId, taken);
      underWay.delete(key);
      // Before the first caller gets its output, and may change it.
      for (const { resolve } of mine.joined) resolve(another(engine, answer));
      return answer.output;
    } catch (error) {
      underWay.delete(key);
      for (const { reject } of mine.joined) reject(error);
      throw error;
    }
  }

  async has(args: unknown[]): Promise<boolean> {
    const { path } = await this.#locate(this.#take(args));
    const store = await this.#home.requireStore();
    return (await store.list(`${path}/output.pkl`, { limit: 1 })).length > 0;
  }

  async clear(): Promise<void> {
    const dir = this.#home.functionDir(await loadEngine(), this.#identity.name);
    this.#home.sources.delete(dir);
    const store = await this.#home.requireStore();
    await store.commit([['deletePrefix', dir]]);
  }

  #take(args: unknown[]): TakenArguments {
    return new TakenArguments(args, this.#identity.counting, loadedEngine() === undefined);
  }

  /** The directory of a call's result. */
  async #locate(taken: TakenArguments): Promise<Located> {
    // Once the engine is loaded, arguments are hashed before the call returns.
    const loaded = loadedEngine();
    const early = loaded && this.#identity.argsId(loaded, this.#identity.counting(taken.live));
    const engine = await loadEngine();
    // Arguments that were not hashed at the call were copied whole.
    const argsId = await (early ?? this.#identity.argsId(engine, taken.restoreCounted() ?? []));
    const dir = this.#home.functionDir(engine, this.#identity.name);
    return { engine, path: dir + argsId, argsId };
  }

  async #answer(
    engine: Engine,
    path: string,
    argsId: string,
    taken: TakenArguments,
  ): Promise<Answer> {
    const store = await this.#home.store();
    if (!store)
      return {
        output: await this.#fn(...this.#ownArguments(engine, argsId, taken).args),
        parts: undefined,
      };
    const kept = await this.#read(engine, store, path);
    if (kept) return kept;
    let claimed = false;
    try {
      const claim = await store.claim(`${path}/output.pkl`, {
        timeoutMs: this.#home.claimTimeoutMs,
      });
      claimed = claim === 'granted';
      if (claim === 'present') {
        const fresh = await this.#read(engine, store, path);
        if (fresh) return fresh;
      }
    } catch (error) {
      this.#home.failed(error);
    }
    return this.#compute(engine, store, path, argsId, taken, claimed);
  }

  /** The kept result, if there is a sound one; a damaged one is removed. */
  async #read(engine: Engine, store: Store, path: string): Promise<Answer | undefined> {
    let parts: Part[] | null;
    try {
      parts = await store.read(`${path}/output.pkl`);
    } catch (error) {
      if (!(error instanceof JobliteError && error.code === 'CORRUPT_DATA')) {
        this.#home.failed(error);
        return undefined;
      }
      await this.#discard(store, path, error);
      return undefined;
    }
    if (parts === null) return undefined;
    try {
      const output = fromTape(pickleToTape(engine, parts));
      store.touch(`${path}/output.pkl`);
      return { output, parts };
    } catch (error) {
      await this.#discard(store, path, error);
      return undefined;
    }
  }

  async #discard(store: Store, path: string, error: unknown): Promise<void> {
    warn(`the result at ${path} is damaged and is computed again (${messageOf(error)})`);
    await store
      .commit([['delete', `${path}/output.pkl`]])
      .catch((error) => this.#home.failed(error));
  }

  /** What the function is called with: the caller's own values if they are still those of the call. */
  #ownArguments(
    engine: Engine,
    argsId: string,
    taken: TakenArguments,
  ): { args: readonly unknown[]; changed: boolean } {
    if (!taken.canChange) return { args: taken.live, changed: false };
    let now: unknown;
    try {
      now = this.#identity.argsId(engine, this.#identity.counting(taken.live));
    } catch {
      now = undefined; // They have become something that cannot be held.
    }
    if (now === argsId) return { args: taken.live, changed: false };
    const restored = taken.restore();
    return restored ? { args: restored, changed: false } : { args: taken.live, changed: true };
  }

  async #compute(
    engine: Engine,
    store: Store,
    path: string,
    argsId: string,
    taken: TakenArguments,
    claimed: boolean,
  ): Promise<Answer> {
    const release: Operation[] = claimed ? [['release', `${path}/output.pkl`]] : [];
    const giveUp = () => store.commit(release).catch((error) => this.#home.failed(error));
    const startS = Date.now() / 1000;
    const start = performance.now();
    let inputArgs: Record<string, string>;
    let output: unknown;
    let unchanged: boolean;
    try {
      const { args, changed } = this.#ownArguments(engine, argsId, taken);
      unchanged = !changed;
      inputArgs = this.#describeArguments(args);
      output = await this.#fn(...args);
    } catch (error) {
      if (claimed) await giveUp();
      throw error;
    }
    const durationS = (performance.now() - start) / 1000;
    let parts: Part[] | undefined;
    if (unchanged) {
      parts = await this.#serialise(engine, output);
    } else {
      warn(
        `the arguments of ${this.#identity.name} were changed while its result was looked up: the result is of the ` +
          'changed ones and is not kept; await the call before changing them',
      );
    }
    if (!parts) {
      if (claimed) await giveUp();
      return { output, parts };
    }
    const metadata = { duration: durationS, input_args: inputArgs, time: startS };
    const dir = path.slice(0, path.lastIndexOf('/') + 1);
    try {
      const source = await this.#source(store, dir);
      await store.commit(
        [
          ['put', `${path}/output.pkl`, parts],
          ['put', `${path}/metadata.json`, [new TextEncoder().encode(JSON.stringify(metadata))]],
          ...source,
          ...release,
        ],
        { durability: this.#home.durability },
      );
      this.#home.sources.set(dir, this.#identity.source);
    } catch (error) {
      if (parts.some(isDetached)) {
        this.#unstorable('the function transferred its buffers away; let it return a copy');
      } else {
        this.#home.failed(error);
      }
      if (claimed) await giveUp();
    }
    return { output, parts };
  }

  /** The output as joblib's file; undefined, and one warning, where it cannot be stored. */
  async #serialise(engine: Engine, output: unknown): Promise<Part[] | undefined> {
    try {
      const tape = readBlobs(toTape(output, { share: true }));
      return tapeToPickle(engine, tape instanceof Promise ? await tape : tape).parts;
    } catch (error) {
      this.#unstorable(messageOf(error));
      return undefined;
    }
  }

  #unstorable(reason: string): void {
    const { name } = this.#identity;
    warnOnce(
      `${this.#home.key} unstorable ${name}`,
      `a result of ${name} cannot be stored and is computed at every call (${reason})`,
    );
  }

  /** Writes func_code.py where it is missing, or is that of an older source; of that it warns. */
  async #source(store: Store, dir: string): Promise<Operation[]> {
    const { name, source } = this.#identity;
    const known = this.#home.sources.get(dir);
    if (known === source) return [];
    const file = `${dir}func_code.py`;
    const text = `# first line: 1\n${source}`;
    // One that cannot be read, as a damaged one, is written anew.
    const stored = await store.read(file).catch(() => null);
    const before = stored && (await new Blob(stored as BlobPart[]).text());
    if (before === text) return [];
    if (before !== null) {
      warnOnce(
        `${this.#home.key} changed ${dir}`,
        `function ${name} has changed: results of its older source are not used any more, and stay until they are ` +
          `cleared. If these are two functions of one name, give each its own: cache(fn, { name })`,
      );
    }
    return [['put', file, [new TextEncoder().encode(text)]]];
  }

  #describeArguments(args: readonly unknown[]): Record<string, string> {
    const { parameters } = this.#identity;
    return Object.fromEntries(
      args.map((value, i) => [parameters[i] ?? String(i), describe(value)]),
    );
  }
}

/** The same result once more, sharing nothing with the first; the very same where it cannot be copied. */
function another(engine: Engine, { output, parts }: Answer): unknown {
  if (!parts || parts.some(isDetached)) return output;
  const copies = parts.map((part) => part.slice(0));
  return fromTape(pickleToTape(engine, copies));
}

/** Whether a part's buffer was transferred away: parts share the output's buffers. */
function isDetached(part: Part): boolean {
  if (part.byteLength > 0) return false;
  try {
    new Uint8Array(part as ArrayBuffer);
    return false;
  } catch {
    return true;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
