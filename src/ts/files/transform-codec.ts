// Compressors that users register: a pair of streams such as CompressionStream, as encoder and decoder.

import { makeError } from '../errors.js';
import { macrotask } from '../parallel/macrotask.js';
import type { Decoder, Encoder } from './codecs.js';

/** Bytes in, bytes out: a `CompressionStream`, a `TransformStream` or the like. */
export interface ByteTransform {
  // `BufferSource` is what the platform's own streams take; they get a Uint8Array.
  readonly writable: WritableStream<BufferSource> | WritableStream<Uint8Array>;
  readonly readable: ReadableStream<Uint8Array>;
}

/** What the streams give is collected while they are written to, or they would wait for a reader. */
export function transformEncoder(transform: ByteTransform): Encoder {
  const writer = (transform.writable as WritableStream<Uint8Array>).getWriter();
  const reader = transform.readable.getReader();
  let parts: Uint8Array[] = [];
  const all = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parts.push(value);
    }
  })();
  // Told to whoever writes or finishes.
  all.catch(() => {});
  const take = () => {
    const bytes = concatenate(parts);
    parts = [];
    return bytes;
  };
  return {
    write: async (chunk) => {
      await writer.write(chunk);
      return take();
    },
    finish: async () => {
      await writer.close();
      await all;
      return take();
    },
    free: () => abandon(writer, reader),
  };
}

/** Output is read from the streams only when it is asked for, so that a bomb fills no memory. */
export function transformDecoder(name: string, transform: ByteTransform): Decoder {
  const writer = (transform.writable as WritableStream<Uint8Array>).getWriter();
  const reader = transform.readable.getReader();
  let offset = 0;
  let held: Uint8Array = new Uint8Array();
  let ended = false;
  let next: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  /** All that was written so far is taken in. */
  let written: Promise<unknown> = Promise.resolve();
  let closed: Promise<void> | undefined;
  const failed = (cause: unknown) =>
    makeError(
      'CORRUPT_DATA',
      `corrupt data at byte ${offset} or before: expected ${name}, found ${reasonOf(cause)}`,
      { offset, expected: name, actual: reasonOf(cause) },
      { cause },
    );
  return {
    write: (chunk) => {
      offset += chunk.byteLength;
      // The caller may use its buffer again before the streams come to it.
      written = writer.write(chunk.slice());
      // Told to whoever reads.
      written.catch(() => {});
    },
    read: async (max) => {
      try {
        while (held.byteLength === 0 && !ended) {
          next ??= reader.read();
          // Before the end of the input, nothing may come until there is more of it.
          const idle = closed ? closed.then(() => next) : written.then(macrotask);
          const result = await Promise.race([next, idle]);
          if (!result) break;
          next = undefined;
          ended = result.done;
          if (result.value) held = result.value;
        }
      } catch (error) {
        throw failed(error);
      }
      // A copy: whoever made the stream may use the chunk again.
      const some = held.slice(0, max);
      held = held.subarray(some.byteLength);
      return some;
    },
    get unused() {
      return held.byteLength;
    },
    finish: async () => {
      try {
        closed = writer.close();
        // Told to whoever reads, if output is to be read first.
        closed.catch(() => {});
        next ??= reader.read();
        await Promise.race([closed, next]);
      } catch (error) {
        throw failed(error);
      }
    },
    free: () => abandon(writer, reader),
  };
}

function abandon(writer: WritableStreamDefaultWriter, reader: ReadableStreamDefaultReader): void {
  // Streams that have ended or failed refuse; either way they are gone.
  writer.abort().catch(() => {});
  reader.cancel().catch(() => {});
}

function concatenate(parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
