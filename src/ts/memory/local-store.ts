// The store 'local': joblib's directories on Node's disk, exactly, so that Python's joblib.Memory reads
// what is written here, and the other way round. Written as joblib writes, by a temporary file that is
// given its name when it is whole.

import { opaqueImport } from '../opaque-import.js';
import type { StoreBackend, StorePart } from './store-backend.js';
import { type Tree, type TreeFile, TreeStore } from './tree-store.js';

type Fs = typeof import('node:fs/promises');
type FileHandle = Awaited<ReturnType<Fs['open']>>;

/** joblib's temporary names: those of files that are being written, here or in Python. */
const TEMPORARY = /\.[0-9a-f]{32}-\d+-\d+$/;
/** What joblib writes beside its directory. */
const GITIGNORE = '# Created by joblib automatically.\n*\n';
/** So many files are asked for their size at once. */
const AT_ONCE = 64;

/** Opens the store below the folder `location`: what lies in `<location>/joblib`. */
export async function openLocal(location: string): Promise<StoreBackend> {
  const fs = await opaqueImport<Fs>('node:fs/promises');
  const { resolve, sep } = await opaqueImport<typeof import('node:path')>('node:path');
  const folder = resolve(location);
  await fs.mkdir(`${folder}${sep}joblib`, { recursive: true });
  // As joblib does it: nobody wants a cache in a repository, and a folder that is one stays as it is.
  await fs.writeFile(`${folder}${sep}.gitignore`, GITIGNORE, { flag: 'wx' }).catch(() => {});
  const root = `${location.replace(/\/+$/, '')}/joblib/`;
  return new TreeStore(new DiskTree(fs, `${folder}${sep}joblib`, sep), root, (name) =>
    checkName(name, sep),
  );
}

/** What is no name of a file below its folder: nothing leaves the location by it. */
function checkName(name: string, separator: string): void {
  const forbidden = separator === '\\' ? /[\p{Cc}\\/:*?"<>|]|[. ]$/u : /[\0/]/;
  if (name === '' || name === '.' || name === '..' || forbidden.test(name))
    throw new RangeError(`${JSON.stringify(name)} is no name of a file`);
}

class DiskTree implements Tree {
  readonly #fs: Fs;
  readonly #root: string;
  readonly #separator: string;

  constructor(fs: Fs, root: string, separator: string) {
    this.#fs = fs;
    this.#root = root;
    this.#separator = separator;
  }

  async read(names: readonly string[]): Promise<StorePart[] | null> {
    const bytes = await unlessMissing(this.#fs.readFile(this.#file(names)));
    if (bytes === undefined) return null;
    // A small one is a view into Node's pool.
    const own = bytes.byteLength === bytes.buffer.byteLength;
    return [own ? (bytes.buffer as ArrayBuffer) : new Uint8Array(bytes)];
  }

  async write(
    names: readonly string[],
    parts: readonly StorePart[],
    strict: boolean,
  ): Promise<void> {
    const file = this.#file(names);
    const id = crypto.randomUUID().replaceAll('-', '');
    const temporary = `${file}.${id}-${process.pid}-0`;
    const handle = await this.#open(temporary, names.slice(0, -1));
    try {
      try {
        for (const part of parts)
          await handle.writeFile(part instanceof Uint8Array ? part : new Uint8Array(part));
        if (strict) await handle.sync();
      } finally {
        await handle.close();
      }
      await this.#fs.rename(temporary, file);
    } catch (error) {
      await this.#fs.rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  }

  async touch(names: readonly string[], lastAccessMs: number): Promise<void> {
    const file = this.#file(names);
    const facts = await unlessMissing(this.#fs.stat(file));
    if (facts && facts.atimeMs < lastAccessMs)
      await unlessMissing(this.#fs.utimes(file, lastAccessMs / 1000, facts.mtimeMs / 1000));
  }

  async remove(names: readonly string[]): Promise<void> {
    // The top one stays, as it does with joblib.
    const inside = names.length > 0 ? [this.#file(names)] : await this.#top();
    for (const path of inside) await this.#fs.rm(path, { recursive: true, force: true });
  }

  async files(names: readonly string[]): Promise<TreeFile[]> {
    const found: TreeFile[] = [];
    const folders = [[...names]];
    for (let folder = folders.pop(); folder; folder = folders.pop()) {
      const inside = this.#fs.readdir(this.#file(folder), { withFileTypes: true });
      const files: string[][] = [];
      for (const entry of (await unlessMissing(inside)) ?? []) {
        const inner = [...folder, entry.name];
        if (entry.isDirectory()) folders.push(inner);
        else if (entry.isFile() && !TEMPORARY.test(entry.name)) files.push(inner);
      }
      for (let i = 0; i < files.length; i += AT_ONCE) {
        const facts = files.slice(i, i + AT_ONCE).map((names) => this.#facts(names));
        for (const file of await Promise.all(facts)) if (file) found.push(file);
      }
    }
    return found;
  }

  async #facts(names: string[]): Promise<TreeFile | undefined> {
    const facts = await unlessMissing(this.#fs.stat(this.#file(names)));
    return facts && { names, size: facts.size, lastAccess: Math.floor(facts.atimeMs) };
  }

  async #top(): Promise<string[]> {
    const names = (await unlessMissing(this.#fs.readdir(this.#root))) ?? [];
    return names.map((name) => this.#file([name]));
  }

  /** Makes a file, and its folder where that is missing. */
  async #open(file: string, folder: readonly string[]): Promise<FileHandle> {
    const open = () => this.#fs.open(file, 'wx');
    const opened = await unlessMissing(open());
    if (opened) return opened;
    await this.#fs.mkdir(this.#file(folder), { recursive: true });
    return open();
  }

  #file(names: readonly string[]): string {
    return [this.#root, ...names].join(this.#separator);
  }
}

/** Undefined for what is not there, goes while it is looked at, or is a folder. */
async function unlessMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}
