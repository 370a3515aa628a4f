// Files of Node: by path or URL, or by a handle of `node:fs/promises`.

import { opaqueImport } from '../opaque-import.js';
import type { Sink } from './sink.js';
import type { NodeFileHandle, Source } from './source.js';

/** How much is read at once from what is no regular file. */
const CHUNK = 1 << 20;

const fs = () => opaqueImport<typeof import('node:fs/promises')>('node:fs/promises');

/** Opens a file to read. Rejects with the error of Node, as for a file that is missing. */
export async function pathSource(path: string | URL): Promise<Source> {
  const { open } = await fs();
  const handle = await open(location(path), 'r');
  return handleSource(handle as NodeFileHandle, true);
}

/** The bytes of an open file from its start; of a pipe, what comes. With `own`, it is closed afterwards. */
export async function handleSource(handle: NodeFileHandle, own: boolean): Promise<Source> {
  const close = async () => {
    if (own) await handle.close();
  };
  let stat: Awaited<ReturnType<NodeFileHandle['stat']>>;
  try {
    stat = await handle.stat();
  } catch (error) {
    await close();
    throw error;
  }
  if (!stat.isFile()) {
    return {
      size: undefined,
      async next() {
        const chunk = new Uint8Array(CHUNK);
        const { bytesRead } = await handle.read(chunk, 0, CHUNK, null);
        return bytesRead === 0 ? undefined : chunk.slice(0, bytesRead);
      },
      close,
    };
  }
  const fill = async (to: Uint8Array, offset: number) => {
    let at = 0;
    while (at < to.byteLength) {
      const { bytesRead } = await handle.read(
        to,
        at,
        Math.min(to.byteLength - at, 1 << 30),
        offset + at,
      );
      if (bytesRead === 0) throw new RangeError('load: the file was cut while it was read');
      at += bytesRead;
    }
    return to;
  };
  const { size } = stat;
  let room = new Uint8Array(0);
  return {
    size,
    window(offset, length) {
      const found = Math.max(0, Math.min(length, size - offset));
      // One for all windows: they would be collected too late.
      if (found > room.byteLength) room = new Uint8Array(found);
      return fill(room.subarray(0, found), offset);
    },
    take: async (offset, length) => {
      const taken = new Uint8Array(length);
      await fill(taken, offset);
      return taken.buffer;
    },
    close,
  };
}

/**
 * A file that is made, or written anew, when the first bytes are there: a value that cannot be written
 * leaves it as it was. If the dump fails later it is removed: half a file is of no use.
 */
export function pathSink(path: string | URL): Sink {
  let opened: Awaited<ReturnType<typeof open>> | undefined;
  const open = async () => {
    const { open } = await fs();
    const handle = await open(location(path), 'w');
    return { handle, sink: handleSink(handle as NodeFileHandle) };
  };
  return {
    async write(chunk) {
      opened ??= await open();
      await opened.sink.write(chunk);
    },
    close: async () => opened?.handle.close(),
    async abort() {
      if (opened === undefined) return;
      const { handle } = opened;
      const isFile = await handle.stat().then(
        (stat) => stat.isFile(),
        () => false,
      );
      await handle.close();
      if (isFile) await (await fs()).unlink(location(path)).catch(() => {});
    },
  };
}

/** An open file, written to from where it stands, and left open. */
export function handleSink(handle: NodeFileHandle): Sink {
  return {
    async write(chunk) {
      for (let at = 0; at < chunk.byteLength; ) {
        const { bytesWritten } = await handle.write(chunk, at, chunk.byteLength - at, null);
        at += bytesWritten;
      }
    },
    close: async () => {},
    abort: async () => {},
  };
}

/** Node takes URLs as objects only. */
function location(path: string | URL): string | URL {
  return typeof path === 'string' && path.startsWith('file:') ? new URL(path) : path;
}
