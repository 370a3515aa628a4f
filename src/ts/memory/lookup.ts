// What happens at a call of a cached function: its arguments are hashed; the result is found, or computed
// once for all who ask at once, in this page and in other tabs, and kept.

import { checkMmapMode } from '../files/mmap-mode.js';
import { fromTape, hashValue } from '../values/index.js';
import { callEngine, type Engine, loadedEngine } from '../wasm.js';
import { argumentNames, namingArgument } from './argument-names.js';
import { TakenArguments } from './arguments.js';
import type { Way } from './cached-function.js';
import { checkCompress } from './compressed.js';
import { describe } from './describe.js';
import type { Home } from './home.js';
import { databaseKey, failed, requireStore, storeOf } from './home-store.js';
import type { Identity } from './identity.js';
import type { ResultPlace } from './memorized-result.js';
import type { CacheOptions, Settings } from './memory-options.js';
import { type ItemMetadata, readMetadata } from './metadata.js';
import { Report } from './report.js';
import { type Answer, another, type Place, Results } from './results.js';
import type { Operation, Store } from './store.js';
import { warn, warnOnce } from './warnings.js';

/** What a cached function was made with, beside what tells it from others. */
export interface LookupOptions {
  readonly settings: Settings;
  readonly callback: CacheOptions['cacheValidationCallback'];
}

/** A lookup or computation that is under way, and those who asked for the same meanwhile. */
interface UnderWay {
  readonly joined: {
    readonly shelving: boolean;
    resolve(answer: Answer): void;
    reject(error: unknown): void;
  }[];
}

/** By database and path: one for each key in this page. */
const underWay = new Map<string, UnderWay>();

/** What is shelved: where it lies, or without `place` the output itself. */
export interface Shelved {
  readonly place: ResultPlace | undefined;
  readonly output: unknown;
  readonly metadata: ItemMetadata | undefined;
}

/** One call. */
interface Call extends Place {
  readonly taken: TakenArguments;
}

/** The calls of one cached function. */
export class Lookup {
  readonly #engine: Engine;
  readonly #home: Home;
  readonly #identity: Identity;
  readonly #options: LookupOptions;
  readonly #digest: string;
  readonly #dir: string;
  readonly #results: Results;
  /** Whether a result that the page holds is given without more ado. */
  readonly #atOnce: boolean;
  readonly #report: Report | undefined;

  /** Once the engine is loaded. */
  constructor(home: Home, identity: Identity, options: LookupOptions) {
    const engine = loadedEngine() as Engine;
    const { settings, callback } = options;
    this.#engine = engine;
    this.#home = home;
    this.#identity = identity;
    this.#options = options;
    this.#dir = functionDir(engine, home.location, identity.name);
    warnOfThis(identity);
    // There are no Blobs to wait for.
    this.#digest = hashValue(engine, identity.content(fromTape)) as string;
    this.#results = new Results(engine, home, identity, settings, this.#dir + this.#digest);
    if (settings.verbose > 0) this.#report = new Report(home, identity.name, settings.verbose);
    this.#atOnce = !callback && settings.verbose <= 1;
  }

  /** A call. Arguments are read before this returns. */
  begin(way: Way, args: unknown[]): Promise<unknown> {
    try {
      const hash = hashValue(this.#engine, this.#identity.counting(args));
      if (way === 'output' && this.#atOnce && typeof hash === 'string') {
        const held = this.#results.held.get(hash);
        if (held) return Promise.resolve(this.#results.use(held));
      }
      return this.ask(way, new TakenArguments(args, this.#identity.counting, false), hash);
    } catch (error) {
      return Promise.reject(namingArgument(this.#identity, args, error));
    }
  }

  /** A call whose arguments were read; those without a hash were copied whole. */
  async ask(
    way: Way,
    taken: TakenArguments,
    hash: string | Promise<string> = hashValue(this.#engine, taken.restoreCounted() ?? []),
  ): Promise<unknown> {
    checkMmapMode(this.#options.settings.mmapMode);
    const argsHash = typeof hash === 'string' ? hash : await hash;
    const argsId = hashValue(this.#engine, [this.#digest, argsHash]) as string;
    const call = { taken, argsHash, argsId, path: this.#dir + argsId };
    if (way === 'check') {
      const store = await requireStore(this.#home);
      return (await this.#find(store, call, true)) !== undefined;
    }
    this.#report?.querying(taken.live, argsId, this.#dir);
    if (way === 'call') {
      const { output, metadata } = await this.#compute(await storeOf(this.#home), call, false);
      return [output, metadata];
    }
    const answer = await this.#together(call, way === 'shelve');
    if (way === 'output') return answer.output;
    const { location, backend, databasePrefix } = this.#home;
    const funcId = this.#dir.slice(this.#dir.lastIndexOf('/joblib/js/') + 8, -1);
    const place = { location, backend, databasePrefix, funcId, argsId };
    return { place: answer.stored ? place : undefined, ...answer } satisfies Shelved;
  }

  /** Forgets all results. */
  async clear({ warn = true }: { warn?: boolean } = {}): Promise<void> {
    if (warn) this.#report?.clearing(this.#dir);
    this.#home.sources.delete(this.#dir);
    const store = await requireStore(this.#home);
    await store.commit([['deletePrefix', this.#dir]]);
  }

  /** Looks up or computes, unless another call is about to do the same: then it is waited for. */
  async #together(call: Call, shelving: boolean): Promise<Answer> {
    const key = `${databaseKey(this.#home)} ${call.path}`;
    for (let other = underWay.get(key); other; other = underWay.get(key)) {
      const { joined } = other;
      const answer = await new Promise<Answer>((resolve, reject) =>
        joined.push({ shelving, resolve, reject }),
      );
      // One that shelved has not read the result.
      if (answer.read || shelving) return answer;
    }
    const mine: UnderWay = { joined: [] };
    underWay.set(key, mine);
    try {
      const answer = await this.#answer(call, shelving);
      underWay.delete(key);
      // Before the first caller gets its output, and may change it.
      for (const { shelving, resolve } of mine.joined)
        resolve(answer.read && !(shelving && answer.stored) ? another(answer) : answer);
      return answer;
    } catch (error) {
      underWay.delete(key);
      for (const { reject } of mine.joined) reject(error);
      throw error;
    }
  }

  async #answer(call: Call, shelving: boolean): Promise<Answer> {
    const store = await storeOf(this.#home);
    if (!store) return this.#compute(undefined, call, false);
    const kept = await this.#find(store, call, shelving);
    if (kept) return kept;
    let claimed = false;
    try {
      const { claimTimeoutMs: timeoutMs } = this.#options.settings;
      const claim = await store.claim(`${call.path}/output.pkl`, { timeoutMs });
      claimed = claim === 'granted';
    } catch (error) {
      failed(this.#home, error);
    }
    // While it was waited for, another tab may have kept it.
    const fresh = claimed ? undefined : await this.#find(store, call, shelving);
    return fresh ?? this.#compute(store, call, claimed);
  }

  /** The result that is kept, if there is a valid one. Of one that is shelved nothing is read. */
  async #find(store: Store, call: Call, shelving: boolean): Promise<Answer | undefined> {
    const { path, argsHash } = call;
    const { callback } = this.#options;
    const held = this.#results.held.get(argsHash);
    if (shelving && !held && !(await this.#isThere(store, path))) return undefined;
    let metadata = held?.metadata;
    if (callback || shelving) {
      metadata ??= await readMetadata(store, path);
      if (held) held.metadata = metadata;
    }
    if (callback) {
      // Without metadata there is nothing to be asked about: it is computed again.
      if (!metadata) return undefined;
      if (!(await callback(metadata))) {
        await this.#results.remove(store, path);
        return undefined;
      }
    }
    const found = { tape: undefined, stored: true, metadata };
    if (shelving) return { ...found, read: false, output: undefined };
    // While a callback was asked, it may have gone.
    const now = this.#results.held.get(argsHash);
    if (!now) return this.#results.read(store, call, metadata, call.taken.live, this.#report);
    const loaded = this.#report?.loading(path);
    const output = this.#results.use(now);
    loaded?.();
    return { ...found, read: true, output, tape: now.tape };
  }

  async #isThere(store: Store, path: string): Promise<boolean> {
    try {
      return (await store.list(`${path}/output.pkl`, { limit: 1 })).length > 0;
    } catch (error) {
      failed(this.#home, error);
      return false;
    }
  }

  /** Without a `store` nothing is kept. */
  async #compute(store: Store | undefined, call: Call, claimed: boolean): Promise<Answer> {
    const { path } = call;
    const report = this.#report;
    const release: Operation[] = claimed ? [['release', `${path}/output.pkl`]] : [];
    let stored = false;
    try {
      const { compress } = this.#options.settings;
      if (compress) await checkCompress(compress);
      const { args, changed } = this.#ownArguments(call);
      report?.calling(args, call.argsId, this.#dir);
      const inputArgs = this.#describeArguments(args);
      const time = new Date();
      const start = performance.now();
      const { fn } = this.#identity;
      const output = await fn(...args);
      const duration = (performance.now() - start) / 1000;
      const metadata: ItemMetadata = { duration, time, inputArgs };
      if (changed) this.#warnOfChange();
      const file = store && !changed ? await this.#results.serialise(output) : undefined;
      if (store && file) {
        report?.persisting(path);
        stored = await this.#results.keep(store, call, file, metadata, release, report);
      }
      report?.computed(duration);
      return { read: true, output, tape: file?.tape, stored, metadata };
    } finally {
      if (claimed && !stored)
        await store?.commit(release).catch((error) => failed(this.#home, error));
    }
  }

  /** What the function is called with: the caller's own values if they are still those of the call. */
  #ownArguments({ taken, argsHash }: Call): { args: readonly unknown[]; changed: boolean } {
    if (!taken.canChange) return { args: taken.live, changed: false };
    let now: unknown;
    try {
      now = hashValue(this.#engine, this.#identity.counting(taken.live));
    } catch {
      now = undefined; // They have become something that cannot be held.
    }
    if (now === argsHash) return { args: taken.live, changed: false };
    const restored = taken.restore();
    return restored ? { args: restored, changed: false } : { args: taken.live, changed: true };
  }

  #warnOfChange(): void {
    warn(
      `the arguments of ${this.#identity.name} were changed while its result was looked up: the result is of the ` +
        'changed ones and is not kept; await the call before changing them',
    );
  }

  #describeArguments(args: readonly unknown[]): Record<string, string> {
    const names = argumentNames(this.#identity, args);
    return Object.fromEntries(names.map((name, i) => [name, describe(args[i])]));
  }
}

/** With its '/'. */
function functionDir(engine: Engine, location: string, name: string): string {
  return callEngine(() => `${engine.storeDir(location)}${engine.jsFuncId(name)}/`);
}

const METHOD =
  /^(?!async\s*\(|(?:async\s+)?function|class)(?:async\s+)?\*?\s*(?:[\w$#]+|\[.*?\])\s*\(/;

/** A method is called without its object: as joblib's documentation advises, it is not to be cached. */
function warnOfThis({ source, name }: Identity): void {
  if (!METHOD.test(source) || !/\bthis\b/.test(source)) return;
  warnOnce(
    `this ${name} ${source}`,
    `${name} is a method and reads this, which a cached function does not have: cache a function that takes ` +
      'what it needs as arguments, and call it inside the method',
  );
}
