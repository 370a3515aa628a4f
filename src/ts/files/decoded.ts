// The stream that a compressed source holds.

import { FormatError } from '../errors.js';
import { onPage } from '../parallel/realm.js';
import type { Loading } from './load.js';
import { prepareRelease, release } from './release.js';
import type { Source, StreamSource } from './source.js';
import type { Unpacked } from './work.js';

/** How much is decompressed at once in a worker, and on a page. */
const OUTPUT = 1 << 20;
const OUTPUT_ON_PAGE = 1 << 18;

/** How much is read at once. */
const INPUT = 1 << 18;

/** The helper is asked for so many steps at once: it works on while the page takes what it gave. */
const AHEAD = 3;

/** So much input it is to have meanwhile. */
const INPUT_AHEAD = 2 * INPUT;

interface Step {
  input: number;
  last: boolean;
  answer: Unpacked | Promise<Unpacked>;
}

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
  const unpacker = await stop.wait(work.unpacker(name));
  await prepareRelease();
  const output = unpacker.here && onPage() ? OUTPUT_ON_PAGE : OUTPUT;
  const [ahead, inputAhead] = unpacker.here ? [1, 1] : [AHEAD, INPUT_AHEAD];
  const steps: Step[] = [];
  let total = 0;
  let offset = 0;
  /** Of the input: what had not been used up after the last answer, and what was sent since. */
  let left = 0;
  let sent = 0;
  let complete = false;
  let ended = false;

  const input = async (): Promise<Uint8Array | undefined> => {
    if (source.size === undefined) return stop.wait(source.next());
    if (offset >= source.size) return undefined;
    const window = await stop.wait(Promise.resolve(source.window(offset, INPUT)));
    offset += window.byteLength;
    // A window may be the caller's; the helper takes its input away.
    return unpacker.here ? window : window.slice();
  };
  const ask = async (): Promise<void> => {
    let more: Uint8Array | undefined;
    if (!complete && left + sent < inputAhead) {
      more = await input();
      complete = more === undefined;
    }
    const length = more?.byteLength ?? 0;
    const answer = unpacker.step(more, output, complete);
    // Told to whoever waits for it.
    if (answer instanceof Promise) answer.catch(() => {});
    sent += length;
    steps.push({ input: length, last: complete, answer });
    if (more !== undefined && unpacker.here && source.size === undefined) {
      await answer;
      release(more);
    }
  };
  return {
    size: undefined,
    async next() {
      while (!ended) {
        const pause = stop.pace();
        if (pause !== undefined) await pause;
        while (steps.length < ahead) await ask();
        const { input, last, answer } = steps.shift() as Step;
        const { bytes, left: unused } =
          answer instanceof Promise ? await stop.wait(answer) : answer;
        sent -= input;
        // Where nothing came, nothing will without more input.
        left = bytes.byteLength === 0 ? 0 : unused;
        total += bytes.byteLength;
        if (total > maxBytes) throw tooLarge(maxBytes);
        spend(total);
        if (bytes.byteLength > 0) return bytes;
        ended = last;
      }
      return undefined;
    },
    close: async () => unpacker.free(),
  };
}

function tooLarge(maxBytes: number): FormatError {
  return new FormatError(
    'TOO_LARGE',
    `the file holds more than ${maxBytes} bytes after decompression; load(source, { maxBytes }) allows more`,
    { offset: maxBytes, expected: `at most ${maxBytes} bytes`, actual: 'more' },
  );
}
