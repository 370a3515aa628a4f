// A stream that can be read from its start again, as long as little of it has been read: so a page can
// begin to read it itself, and leave it to the helper worker if it turns out to be long.

import type { Stop } from './abort.js';
import { Pieces } from './pieces.js';
import type { Source, StreamSource } from './source.js';

/** Thrown where a page's main thread would have to work on more than it should. */
export class TooMuchHere extends Error {}

/** What is kept of a stream at most. */
const KEPT_BYTES = 1 << 23;

/** A source, and its being read a second time, as long as that can be. */
export interface Replayed {
  readonly source: Source;
  mayStartAgain(): boolean;
  startAgain(): void;
}

/** Keeps what is read of a stream. Sources that can be read anywhere are what they are. */
export function replayed(source: Source): Replayed {
  if (source.size !== undefined) return { source, mayStartAgain: () => true, startAgain: () => {} };
  let kept: Uint8Array[] | undefined = [];
  let keptBytes = 0;
  let at = 0;
  return {
    source: {
      size: undefined,
      async next() {
        if (kept !== undefined && at < kept.length) return (kept[at++] as Uint8Array).slice();
        const chunk = await source.next();
        if (kept !== undefined && chunk !== undefined) {
          keptBytes += chunk.byteLength;
          if (keptBytes > KEPT_BYTES) kept = undefined;
          else kept.push(chunk.slice());
          at++;
        }
        return chunk;
      },
      close: (reason) => source.close(reason),
    },
    mayStartAgain: () => kept !== undefined,
    startAgain() {
      at = 0;
    },
  };
}

/** The first bytes of a stream, `length` if it has so many, and the whole stream. */
export async function peeked(
  source: StreamSource,
  length: number,
  stop: Stop,
): Promise<{ first: Uint8Array; all: StreamSource }> {
  const chunks: Uint8Array[] = [];
  const head = new Pieces();
  while (head.length < length) {
    const chunk = await stop.wait(source.next());
    if (chunk === undefined) break;
    chunks.push(chunk);
    head.push(chunk.slice(0, length));
  }
  const all: StreamSource = {
    size: undefined,
    next: async () => chunks.shift() ?? source.next(),
    close: (reason) => source.close(reason),
  };
  return { first: new Uint8Array(await head.join()), all };
}
