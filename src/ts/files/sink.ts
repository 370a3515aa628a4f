// Where `dump` writes to.

import { isNode } from '../parallel/realm.js';
import { isNodeHandle, type NodeFileHandle, tagOf } from './source.js';

/** A destination that has been opened. */
export interface Sink {
  /** Writes a chunk, which may be changed once the promise has resolved. */
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** The dump has failed. */
  abort(reason: unknown): Promise<void>;
}

/** What can be dumped into. A path or a `file:` URL, and a `FileHandle`, under Node only. */
export type DumpDestination =
  | WritableStream<Uint8Array>
  | FileSystemFileHandle
  | NodeFileHandle
  | string
  | URL;

/** Opens the destination. Rejects with what the platform says where it cannot be written to. */
export async function openSink(destination: DumpDestination): Promise<Sink> {
  switch (tagOf(destination)) {
    case 'WritableStream':
    case 'FileSystemWritableFileStream':
      return streamSink(destination as WritableStream<Uint8Array>);
    case 'FileSystemFileHandle':
      return handleSink(destination as FileSystemFileHandle);
  }
  if (!isNode()) {
    throw new TypeError(
      `dump: a path can be written under Node only, got ${JSON.stringify(String(destination))}; in a browser give a file handle or a WritableStream`,
    );
  }
  const node = await import('./node-files.js');
  return isNodeHandle(destination)
    ? node.handleSink(destination)
    : node.pathSink(destination as string | URL);
}

function streamSink(stream: WritableStream<Uint8Array>): Sink {
  const writer = stream.getWriter();
  // Its errors reach the caller through `write` and `close`.
  writer.closed.catch(() => {});
  return {
    async write(chunk) {
      await writer.ready;
      // A copy: a stream may keep or transfer what it is given.
      await writer.write(chunk.slice());
    },
    async close() {
      await writer.close();
      writer.releaseLock();
    },
    async abort(reason) {
      // A stream that hangs is not waited for.
      void writer.abort(reason).catch(() => {});
      writer.releaseLock();
    },
  };
}

/** What a worker may have of a file where it cannot have a stream (Safari up to 18). */
interface SyncAccessHandle {
  write(chunk: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

async function handleSink(handle: FileSystemFileHandle): Promise<Sink> {
  if (typeof handle.createWritable === 'function') return streamSink(await handle.createWritable());
  const { createSyncAccessHandle } = handle as {
    createSyncAccessHandle?: () => Promise<SyncAccessHandle>;
  };
  if (createSyncAccessHandle === undefined) {
    throw new TypeError('dump: this browser writes file handles in workers only; dump there');
  }
  const access = await createSyncAccessHandle.call(handle);
  let at = 0;
  access.truncate(0);
  return {
    async write(chunk) {
      at += access.write(chunk, { at });
    },
    async close() {
      access.flush();
      access.close();
    },
    async abort() {
      access.truncate(0);
      access.close();
    },
  };
}
