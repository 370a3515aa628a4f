// The results of one function where they are kept: as joblib's files in the store, and in the page's RAM.
// Whose result is looked up, and who computes it, is told by lookup.ts.

import { JobliteError, SetupError } from '../errors.js';
import {
  fromTape,
  pickleToTape,
  readBlobs,
  type Tape,
  tapeToPickle,
  toTape,
} from '../values/index.js';
import type { Engine } from '../wasm.js';
import { isPickle, readCompressed, writeCompressed } from './compressed.js';
import { describe } from './describe.js';
import type { Home } from './home.js';
import { databaseKey, failed } from './home-store.js';
import type { Identity } from './identity.js';
import { keepLimits } from './keep-limits.js';
import type { Settings } from './memory-options.js';
import { type ItemMetadata, writeMetadata } from './metadata.js';
import { copied, type Held, type Ram, ramOf } from './ram.js';
import type { Report } from './report.js';
import type { Operation, Part, Store } from './store.js';
import { warn, warnOnce } from './warnings.js';

/** Where a call's result lies, or will. */
export interface Place {
  readonly path: string;
  readonly argsId: string;
  /** Of the arguments alone. */
  readonly argsHash: string;
}

/** A result that is there, or was looked for only. */
export interface Answer {
  /** Whether `output` is the result: one that is shelved is not read. */
  readonly read: boolean;
  readonly output: unknown;
  /** What `output` became or came from, sharing its buffers; without it, it could not be stored. */
  readonly tape: Tape | undefined;
  readonly stored: boolean;
  readonly metadata: ItemMetadata | undefined;
}

/** An output that is ready to be stored. */
export interface Serialised {
  readonly tape: Tape;
  readonly parts: Part[];
  /** For the page's RAM, if it is to be held there. */
  readonly copy: Tape | undefined;
}

export class Results {
  readonly #engine: Engine;
  readonly #home: Home;
  readonly #identity: Identity;
  readonly #settings: Settings;
  readonly #ram: Ram;
  /** Whether results are held in RAM. */
  readonly #holds: boolean;
  /** By the hash of their arguments. */
  readonly held: Map<string, Held>;

  /** `digest` tells the function from others of its name. */
  constructor(engine: Engine, home: Home, identity: Identity, settings: Settings, digest: string) {
    this.#engine = engine;
    this.#home = home;
    this.#identity = identity;
    this.#settings = settings;
    const { ramBytesLimit } = settings;
    this.#ram = ramOf(databaseKey(home), home.location);
    this.#holds = ramBytesLimit !== 0;
    if (ramBytesLimit) this.#ram.limit = ramBytesLimit;
    this.held = this.#holds ? this.#ram.ofFunction(digest) : new Map();
  }

  /** A held result as a value. */
  use(held: Held): unknown {
    return this.#ram.use(held);
  }

  /** The stored result, if there is a sound one; a damaged one is removed, and `args` named. */
  async read(
    store: Store,
    place: Place,
    metadata: ItemMetadata | undefined,
    args: readonly unknown[],
    report: Report | undefined,
  ): Promise<Answer | undefined> {
    const since = this.#ram.removals;
    try {
      const parts = await store.read(`${place.path}/output.pkl`);
      if (parts === null) return undefined;
      const loaded = report?.loading(place.path);
      const tape = isPickle(parts)
        ? pickleToTape(this.#engine, parts)
        : await readCompressed(parts);
      // The value shares the tape's buffers.
      const copy = this.#copy(tape);
      const output = fromTape(tape);
      const touch = () => store.touch(`${place.path}/output.pkl`);
      touch();
      this.#hold(place, copy, metadata, touch, since);
      loaded?.();
      return { read: true, output, tape, stored: true, metadata };
    } catch (error) {
      if (isDamage(error)) await this.#discard(store, place.path, error, args);
      else failed(this.#home, error);
      return undefined;
    }
  }

  async #discard(
    store: Store,
    path: string,
    error: unknown,
    args: readonly unknown[],
  ): Promise<void> {
    const signature = `${this.#identity.name}(${args.map(describe).join(', ')})`;
    warn(
      `Exception while loading results for ${signature}: the result at ${path} is damaged and is ` +
        `computed again (${messageOf(error)})`,
    );
    await this.remove(store, path, [['delete', `${path}/output.pkl`]]);
  }

  /** Removes a result. */
  async remove(
    store: Store,
    path: string,
    operations: Operation[] = [['deletePrefix', `${path}/`]],
  ): Promise<void> {
    await store.commit(operations).catch((error) => failed(this.#home, error));
  }

  /** The output as joblib's file; undefined, and one warning, where it cannot be stored. */
  async serialise(output: unknown): Promise<Serialised | undefined> {
    let tape: Tape;
    try {
      const unread = readBlobs(toTape(output, { share: true }));
      tape = unread instanceof Promise ? await unread : unread;
      const { compress } = this.#settings;
      // While it is compressed, the function may change what it gave.
      const parts = compress
        ? await writeCompressed({ ...copied(tape), ops: tape.ops.slice() }, compress)
        : tapeToPickle(this.#engine, tape).parts;
      return { tape, parts, copy: this.#copy(tape) };
    } catch (error) {
      this.#unstorable(messageOf(error));
      return undefined;
    }
  }

  /** Stores a result; gives whether it is stored. */
  async keep(
    store: Store,
    place: Place,
    { tape, parts, copy }: Serialised,
    metadata: ItemMetadata,
    release: readonly Operation[],
    report: Report | undefined,
  ): Promise<boolean> {
    const { path } = place;
    const dir = path.slice(0, path.lastIndexOf('/') + 1);
    const since = this.#ram.removals;
    try {
      const source = await this.#source(store, dir, report);
      await store.commit(
        [
          ['put', `${path}/output.pkl`, parts],
          ['put', `${path}/metadata.json`, [writeMetadata(metadata)]],
          ...source,
          ...release,
        ],
        { durability: this.#settings.durability },
      );
      this.#home.sources.set(dir, this.#identity.source);
    } catch (error) {
      if (tape.buffers.some(isDetached) || parts.some(isDetached)) {
        this.#unstorable('the function transferred its buffers away; let it return a copy');
      } else {
        failed(this.#home, error);
      }
      return false;
    }
    const touch = () => store.touch(`${path}/output.pkl`);
    // Another `Memory` of this location may hold the one before it.
    if (!copy) this.#ram.removed(path);
    this.#hold(place, copy, metadata, touch, since);
    keepLimits(this.#home);
    return true;
  }

  #copy(tape: Tape): Tape | undefined {
    return this.#holds ? this.#ram.copy(tape) : undefined;
  }

  /** Holds a result in RAM, unless something was removed since it was read or stored. */
  #hold(
    { path, argsHash }: Place,
    tape: Tape | undefined,
    metadata: ItemMetadata | undefined,
    touch: () => void,
    since: number,
  ): void {
    if (!tape || since !== this.#ram.removals) return;
    this.#ram.hold({ path, tape, results: this.held, argsHash, metadata, touch });
  }

  /** Writes func_code.py where it is missing, or is that of an older source; of that it warns. */
  async #source(store: Store, dir: string, report: Report | undefined): Promise<Operation[]> {
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
      report?.changed(dir);
      warnOnce(
        `${databaseKey(this.#home)} changed ${dir}`,
        `function ${name} has changed: results of its older source are not used any more, and stay until they are ` +
          `cleared. If these are two functions of one name, give each its own: cache(fn, { name })`,
      );
    }
    return [['put', file, [new TextEncoder().encode(text)]]];
  }

  #unstorable(reason: string): void {
    const { name } = this.#identity;
    warnOnce(
      `${databaseKey(this.#home)} unstorable ${name}`,
      `a result of ${name} cannot be stored and is computed at every call (${reason})`,
    );
  }
}

/** The same result once more, sharing nothing with the first; the very same where it cannot be copied. */
export function another(answer: Answer): Answer {
  const { tape } = answer;
  if (!tape || tape.buffers.some(isDetached)) return answer;
  return { ...answer, output: fromTape(copied(tape)) };
}

/** Whether a buffer was transferred away: tape and parts share the output's buffers. */
function isDetached(buffer: Part | Blob): boolean {
  if (buffer instanceof Blob || buffer.byteLength > 0) return false;
  try {
    new Uint8Array(buffer as ArrayBuffer);
    return false;
  } catch {
    return true;
  }
}

/** Whether the file is to blame, and not that it could not be read here and now. */
function isDamage(error: unknown): boolean {
  if (!(error instanceof JobliteError)) return true;
  return !(error instanceof SetupError) && !(error.name === 'StoreError');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
