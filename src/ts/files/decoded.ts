// The stream that a compressed source holds.

import { FormatError } from '../errors.js';
import { onPage } from '../parallel/realm.js';
import type { Loading } from './load.js';
import { prepareRelease, release } from './release.js';
import type { Source, StreamSource } from './source.js';

/** How much is decompressed at once in a worker, and on a page. */
const OUTPUT = 1 << 20;
const OUTPUT_ON_PAGE = 1 << 18;

/** How much is read at once. */
const INPUT = 1 << 18;

/**
 * Decompresses. The source is not closed with the stream.
 *
 * @throws FormatError CORRUPT_DATA; TOO_LARGE beyond `maxBytes`
 */
export async function decoded(
  source: Source,
  name: string,
  { work, stop, maxBytes, spend }: Loading,
): Promise<StreamSource> {
  const decoder = await stop.wait(work.decoder(name));
  await prepareRelease();
  const output = work.here && onPage() ? OUTPUT_ON_PAGE : OUTPUT;
  let total = 0;
  let offset = 0;
  let finished = false;
  let ended = false;

  const input = async (): Promise<Uint8Array | undefined> => {
    if (source.size === undefined) return stop.wait(source.next());
    if (offset >= source.size) return undefined;
    const window = await stop.wait(Promise.resolve(source.window(offset, INPUT)));
    offset += window.byteLength;
    return window;
  };
  return {
    size: undefined,
    async next() {
      while (!ended) {
        const pause = stop.pace();
        if (pause !== undefined) await pause;
        let chunk = decoder.read(output);
        if (chunk instanceof Promise) chunk = await stop.wait(chunk);
        total += chunk.byteLength;
        if (total > maxBytes) throw tooLarge(maxBytes);
        spend(total);
        if (chunk.byteLength > 0) return chunk;
        if (finished) {
          ended = true;
          break;
        }
        const more = await input();
        if (more !== undefined) {
          await decoder.write(more);
          // A stream's chunk is ours; a window may be the caller's.
          if (source.size === undefined) release(more);
        } else {
          await decoder.finish();
          finished = true;
        }
      }
      return undefined;
    },
    close: async () => decoder.free(),
  };
}

function tooLarge(maxBytes: number): FormatError {
  return new FormatError(
    'TOO_LARGE',
    `the file holds more than ${maxBytes} bytes after decompression; load(source, { maxBytes }) allows more`,
    { offset: maxBytes, expected: `at most ${maxBytes} bytes`, actual: 'more' },
  );
}
