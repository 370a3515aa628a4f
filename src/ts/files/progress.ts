// How far `dump` or `load` is. Bytes are counted where the file is read or written: in the caller's
// thread, also where a helper worker does the work.

import { PIECE_BYTES, pace } from '../parallel/pace.js';
import type { Stop } from './abort.js';
import type { FileProgress } from './options.js';
import type { RandomSource, Source } from './source.js';

/** As often as `Parallel` tells it. */
const INTERVAL_MS = 50;

/** Counts the bytes of a file for `onProgress`. What that throws comes out of the count. */
export class Progress {
  /** How many bytes the file has, as far as is known. */
  totalBytes: number | undefined;
  #bytes = 0;
  #tell: ((progress: FileProgress) => void) | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(tell: (progress: FileProgress) => void) {
    this.#tell = tell;
  }

  /** So many bytes more have been read or written. */
  add(bytes: number): void {
    this.#bytes += bytes;
    // What announced its length may have been wrong.
    if (this.#bytes > (this.totalBytes ?? 0)) this.totalBytes = undefined;
    const now = performance.now();
    // The whole file is told at the end, when the value is there too.
    if (now - this.#toldMs < INTERVAL_MS || this.#bytes === this.totalBytes) return;
    this.#toldMs = now;
    this.#tell?.({ bytes: this.#bytes, totalBytes: this.totalBytes });
  }

  /** The work is done; of a file with `size` bytes some may never have been looked at. */
  end(size = this.#bytes): void {
    this.#tell?.({ bytes: size, totalBytes: size });
  }

  /** The call is over, with or without success: what is still under way is not told. */
  close(): void {
    this.#tell = undefined;
  }
}

/** The source, whose bytes are counted as they are read. */
export function watched(source: Source, progress: Progress, stop: Stop): Source {
  if (source.size !== undefined) return watchedAnywhere(source, progress, stop);
  progress.totalBytes = source.announced;
  return {
    size: undefined,
    async next() {
      const chunk = await source.next();
      progress.add(chunk?.byteLength ?? 0);
      return chunk;
    },
    close: (reason) => source.close(reason),
  };
}

/**
 * `load` reads such a source in windows that follow one another, without the arrays that go beyond a
 * window, and takes the arrays afterwards. It may begin again.
 */
function watchedAnywhere(source: RandomSource, progress: Progress, stop: Stop): RandomSource {
  progress.totalBytes = source.size;
  /** Up to here windows have been read. */
  let top = 0;
  /** What lies between windows: its start by its end. */
  const gaps = new Map<number, number>();
  return {
    size: source.size,
    window(offset, length) {
      const read = (bytes: Uint8Array) => {
        const end = offset + bytes.byteLength;
        if (offset > top) gaps.set(offset, top);
        if (end > top) {
          progress.add(end - Math.max(offset, top));
          top = end;
        }
        return bytes;
      };
      const window = source.window(offset, length);
      return window instanceof Promise ? window.then(read) : read(window);
    },
    async take(start, length) {
      const end = start + length;
      // The beginning of an array was in a window.
      const counted = gaps.get(end) ?? end;
      const taken = new Uint8Array(length);
      for (let at = start; at < end; at += PIECE_BYTES) {
        stop.check();
        const size = Math.min(PIECE_BYTES, end - at);
        let piece = source.window(at, size);
        if (piece instanceof Promise) piece = await piece;
        taken.set(piece, at - start);
        progress.add(Math.max(0, at + size - Math.max(at, counted)));
        await pace();
      }
      return taken.buffer;
    },
    close: (reason) => source.close(reason),
  };
}
