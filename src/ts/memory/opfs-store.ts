// The store 'opfs': files in the origin's private file system, in a folder of the database's name. In a
// worker they are written through sync access handles, on a page through writable streams.

import { StoreError } from '../errors.js';
import type { StoreBackend, StorePart } from './store-backend.js';
import { type Tree, type TreeFile, TreeStore } from './tree-store.js';

/** What the platform has beyond the types that TypeScript knows. */
interface OpfsFileHandle extends FileSystemFileHandle {
  move?(parent: FileSystemDirectoryHandle, name: string): Promise<void>;
  createSyncAccessHandle?(): Promise<SyncAccessHandle>;
}

interface SyncAccessHandle {
  write(part: StorePart, options: { at: number }): number;
  flush(): void;
  close(): void;
}

/** Beside a file `name`: when it was used last, since the platform only knows when it was written. */
const USED = '%used';
/** Of a file that is being written. No name of an entry ends so: there "%" stands before two digits. */
const TEMPORARY = '%new';

/** How often a file is opened that others replace meanwhile. */
const READ_ATTEMPTS = 20;

/** Opens the store, which is a folder `name` of the origin's private file system. */
export async function openOpfs({ name }: { readonly name: string }): Promise<StoreBackend> {
  const storage = globalThis.navigator?.storage;
  if (typeof storage?.getDirectory !== 'function')
    throw unavailable('there is no origin private file system here');
  const top = await storage.getDirectory();
  const root = await top.getDirectoryHandle(encode(name), { create: true });
  const { prototype } = FileSystemFileHandle as { prototype: Partial<OpfsFileHandle> };
  const isSync = Boolean(prototype.createSyncAccessHandle && prototype.move);
  if (!isSync && !prototype.createWritable)
    throw unavailable('files of the origin private file system cannot be written whole here');
  return new TreeStore(new OpfsTree(root, isSync), '', () => {});
}

function unavailable(reason: string): StoreError {
  return new StoreError('STORE_UNAVAILABLE', `the store is not available: ${reason}`, { reason });
}

/** The name of a file or folder: what file systems do not take is written as '%' and two digits. */
function encode(name: string): string {
  const encoded = name.replace(
    /[\p{Cc}%\\/:*?"<>|~]|^\.|[. ]$/gu,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return encoded === '' ? '%' : encoded;
}

function decode(encoded: string): string {
  if (encoded === '%') return '';
  return encoded.replace(/%(..)/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}

class OpfsTree implements Tree {
  readonly #root: FileSystemDirectoryHandle;
  readonly #isSync: boolean;

  constructor(root: FileSystemDirectoryHandle, isSync: boolean) {
    this.#root = root;
    this.#isSync = isSync;
  }

  async read(names: readonly string[]): Promise<StorePart[] | null> {
    for (let attempt = 1; ; attempt++) {
      const file = await unlessMissing(this.#file(names));
      if (!file) return null;
      try {
        return [await file.arrayBuffer()];
      } catch (error) {
        // The file was replaced after it was opened: the one that is there now is read.
        if (attempt === READ_ATTEMPTS) throw error;
      }
    }
  }

  async write(names: readonly string[], parts: readonly StorePart[]): Promise<void> {
    const folder = (await this.#folder(names.slice(0, -1), true)) as FileSystemDirectoryHandle;
    const name = encode(names.at(-1) as string);
    await this.#replace(folder, name, parts);
    await removeIn(folder, name + USED);
  }

  async touch(names: readonly string[], lastAccessMs: number): Promise<void> {
    const folder = await this.#folder(names.slice(0, -1));
    const name = encode(names.at(-1) as string);
    const file = folder && (await unlessMissing(folder.getFileHandle(name)));
    if (!folder || !file) return;
    const { lastAccess } = await facts(folder, file);
    if (lastAccess < lastAccessMs)
      await this.#replace(folder, name + USED, [new TextEncoder().encode(String(lastAccessMs))]);
  }

  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) {
      const inside: string[] = [];
      for await (const name of keys(this.#root)) inside.push(name);
      for (const name of inside) await removeIn(this.#root, name);
      return;
    }
    const folder = await this.#folder(names.slice(0, -1));
    if (!folder) return;
    const name = encode(names.at(-1) as string);
    await removeIn(folder, name);
    await removeIn(folder, name + USED);
  }

  async files(names: readonly string[]): Promise<TreeFile[]> {
    const top = await this.#folder(names);
    const found: TreeFile[] = [];
    const folders = top ? [{ folder: top, names }] : [];
    for (let next = folders.pop(); next; next = folders.pop()) {
      const { folder, names } = next;
      for await (const [name, handle] of entries(folder)) {
        if (name.endsWith(USED) || name.endsWith(TEMPORARY)) continue;
        const inner = [...names, decode(name)];
        if (handle.kind === 'directory') {
          folders.push({ folder: handle as FileSystemDirectoryHandle, names: inner });
          continue;
        }
        const file = await unlessMissing(facts(folder, handle as FileSystemFileHandle));
        if (file) found.push({ names: inner, ...file });
      }
    }
    return found;
  }

  async #replace(
    folder: FileSystemDirectoryHandle,
    name: string,
    parts: readonly StorePart[],
  ): Promise<void> {
    if (!this.#isSync) {
      const handle = await folder.getFileHandle(name, { create: true });
      // Takes the file's place when it is closed.
      const stream = await handle.createWritable();
      try {
        for (const part of parts) await stream.write(part as BufferSource);
        await stream.close();
      } catch (error) {
        await stream.abort().catch(() => {});
        throw error;
      }
      return;
    }
    const temporary = `${crypto.randomUUID()}${TEMPORARY}`;
    const handle: OpfsFileHandle = await folder.getFileHandle(temporary, { create: true });
    try {
      const access = await handle.createSyncAccessHandle?.();
      let at = 0;
      try {
        for (const part of parts) at += access?.write(part, { at }) ?? 0;
        access?.flush();
      } finally {
        access?.close();
      }
      await handle.move?.(folder, name);
    } catch (error) {
      await removeIn(folder, temporary).catch(() => {});
      throw error;
    }
  }

  async #file(names: readonly string[]): Promise<File | undefined> {
    const folder = await this.#folder(names.slice(0, -1));
    const handle = await folder?.getFileHandle(encode(names.at(-1) as string));
    return handle?.getFile();
  }

  async #folder(
    names: readonly string[],
    create = false,
  ): Promise<FileSystemDirectoryHandle | undefined> {
    let folder: FileSystemDirectoryHandle | undefined = this.#root;
    for (const name of names) {
      folder = await unlessMissing(folder.getDirectoryHandle(encode(name), { create }));
      if (!folder) return undefined;
    }
    return folder;
  }
}

async function facts(
  folder: FileSystemDirectoryHandle,
  handle: FileSystemFileHandle,
): Promise<{ size: number; lastAccess: number }> {
  const { size, lastModified } = await handle.getFile();
  const note = await unlessMissing(folder.getFileHandle(handle.name + USED));
  const used = note ? Number(await (await note.getFile()).text()) : 0;
  return { size, lastAccess: Math.max(lastModified, used || 0) };
}

async function removeIn(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  await unlessMissing(folder.removeEntry(name, { recursive: true }));
}

/** Undefined for what is not there, or is a folder instead of a file. */
async function unlessMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    const { name } = error as { name?: unknown };
    if (name === 'NotFoundError' || name === 'TypeMismatchError') return undefined;
    throw error;
  }
}

/** TypeScript's types know no iteration of folders. */
function entries(folder: FileSystemDirectoryHandle): AsyncIterable<[string, FileSystemHandle]> {
  return (folder as unknown as { entries(): AsyncIterable<[string, FileSystemHandle]> }).entries();
}

function keys(folder: FileSystemDirectoryHandle): AsyncIterable<string> {
  return (folder as unknown as { keys(): AsyncIterable<string> }).keys();
}
