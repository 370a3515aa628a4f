// What `load` takes, as one of two: bytes that can be read anywhere, or a stream that gives them in turn.

import { copyPaced } from '../parallel/pace.js';
import { isNode } from '../parallel/realm.js';

/** Bytes of a known number, of which any can be read. */
export interface RandomSource {
  readonly size: number;
  /** Bytes from `offset` on, at most `length`, at least one before the end. Nobody changes them before the next call. */
  window(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  /** These bytes in a buffer of their own; there are so many. */
  take(offset: number, length: number): ArrayBuffer | Promise<ArrayBuffer>;
  /** Nothing more is read; with `reason`, because the call failed. */
  close(reason?: unknown): Promise<void>;
}

/** Bytes in their order. */
export interface StreamSource {
  readonly size: undefined;
  /** How many bytes whoever sends them says that there are. */
  readonly announced?: number | undefined;
  /** The next bytes, not empty, which become the caller's; undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  close(reason?: unknown): Promise<void>;
}

export type Source = RandomSource | StreamSource;

/** What can be loaded from. A path or a `file:` URL, and a `FileHandle`, under Node only. */
export type LoadSource =
  | ArrayBufferView
  | ArrayBufferLike
  | Blob
  | Response
  | ReadableStream<Uint8Array>
  | FileSystemFileHandle
  | NodeFileHandle
  | string
  | URL;

/** What is used of a `FileHandle` of `node:fs/promises`. */
export interface NodeFileHandle {
  readonly fd: number;
  stat(): Promise<{ size: number; isFile(): boolean }>;
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }>;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesWritten: number }>;
  close(): Promise<void>;
}

/**
 * Opens what is loaded from.
 *
 * @throws `TypeError` for anything else, for a path in a browser, and for a response that is no success
 */
export async function openSource(source: unknown): Promise<Source> {
  if (ArrayBuffer.isView(source)) {
    return bytesSource(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  }
  switch (tagOf(source)) {
    case 'ArrayBuffer':
    case 'SharedArrayBuffer':
      return bytesSource(new Uint8Array(source as ArrayBufferLike));
    case 'Blob':
    case 'File':
      return blobSource(source as Blob);
    case 'Response':
      return responseSource(source as Response);
    case 'ReadableStream':
      return streamSource(source as ReadableStream<unknown>);
    case 'FileSystemFileHandle':
      return blobSource(await (source as FileSystemFileHandle).getFile());
  }
  const path = typeof source === 'string' || source instanceof URL;
  if (path && !isNode()) {
    throw new TypeError(
      `load: a path can be read under Node only, got ${JSON.stringify(String(source))}; in a browser give load(await fetch(url))`,
    );
  }
  if (path || isNodeHandle(source)) {
    const node = await import('./node-files.js');
    return path ? node.pathSource(source) : node.handleSource(source as NodeFileHandle, false);
  }
  throw new TypeError(
    `load: the source must be a Uint8Array, an ArrayBuffer, a Blob, a Response, a ReadableStream, a file handle or, under Node, a path; got ${described(source)}`,
  );
}

/** What a platform object is, also one of another realm. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

export function isNodeHandle(value: unknown): value is NodeFileHandle {
  return (
    isNode() &&
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { fd?: unknown }).fd === 'number' &&
    typeof (value as { read?: unknown }).read === 'function'
  );
}

/** A value in an error's text. */
export function described(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return `an object of ${(value as { constructor?: { name?: string } }).constructor?.name || 'no class'}`;
}

function bytesSource(bytes: Uint8Array): RandomSource {
  return {
    size: bytes.byteLength,
    window: (offset, length) => bytes.subarray(offset, offset + length),
    async take(offset, length) {
      const taken = new Uint8Array(length);
      await copyPaced(taken, bytes.subarray(offset, offset + length), 0);
      return taken.buffer;
    },
    close: async () => {},
  };
}

function blobSource(blob: Blob): RandomSource {
  const take = (offset: number, length: number) =>
    blob.slice(offset, offset + length).arrayBuffer();
  return {
    size: blob.size,
    window: async (offset, length) => new Uint8Array(await take(offset, length)),
    take,
    close: async () => {},
  };
}

function responseSource(response: Response): StreamSource {
  if (!response.ok) {
    const { status, statusText, body } = response;
    void body?.cancel().catch(() => {});
    throw new TypeError(`load: the response has status ${`${status} ${statusText}`.trim()}`);
  }
  if (response.body !== null) return streamSource(response.body, announcedBy(response));
  return { size: undefined, next: async () => undefined, close: async () => {} };
}

/** The length of the body as it is read: not of one that came compressed, which another origin does not tell. */
function announcedBy({ headers, type }: Response): number | undefined {
  const length = Number(headers.get('content-length') || Number.NaN);
  const known = type !== 'cors' && !headers.has('content-encoding') && Number.isSafeInteger(length);
  return known ? length : undefined;
}

function streamSource(stream: ReadableStream<unknown>, announced?: number): StreamSource {
  const reader = stream.getReader();
  let ended = false;
  return {
    size: undefined,
    announced,
    async next() {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          ended = true;
          return undefined;
        }
        if (tagOf(value) === 'ArrayBuffer' && (value as ArrayBuffer).byteLength > 0)
          return new Uint8Array((value as ArrayBuffer).slice(0));
        if (!ArrayBuffer.isView(value))
          throw new TypeError(`load: the stream must give Uint8Arrays, got ${described(value)}`);
        // A copy: whoever made the stream may use the chunk again.
        const { buffer, byteOffset, byteLength } = value;
        if (byteLength > 0) return new Uint8Array(buffer, byteOffset, byteLength).slice();
      }
    },
    async close(reason) {
      // Of a stream that has ended or failed nothing is left to cancel; one that hangs is not waited for.
      if (!ended) void reader.cancel(reason).catch(() => {});
      reader.releaseLock();
    },
  };
}
