// Keeping a page alive while bytes are worked on in its main thread: who loops asks after every piece
// whether it is time to let the page do something else. In workers and under Node it never is.

import { macrotask } from './macrotask.js';
import { onPage } from './realm.js';

/** A slice of work: well under the 50 ms from which on a task counts as long, with what a last piece may take. */
const SLICE_MS = 12;

/** So many bytes may be copied at once on a page's main thread, where it takes a few ms. */
export const PIECE_BYTES = 1 << 22;

let sliceEndMs = 0;

/** Waits for a turn of the event loop if this slice has lasted long enough; otherwise gives undefined. */
export function pace(): Promise<void> | undefined {
  if (!onPage() || performance.now() < sliceEndMs) return undefined;
  return rest();
}

/** Waits for a turn of the event loop; a new slice begins after it. */
export async function rest(): Promise<void> {
  await macrotask();
  sliceEndMs = performance.now() + SLICE_MS;
}

/** Copies `from` into `to` at `at`, in slices. */
export async function copyPaced(to: Uint8Array, from: Uint8Array, at: number): Promise<void> {
  if (!onPage()) {
    to.set(from, at);
    return;
  }
  for (let done = 0; done < from.byteLength; done += PIECE_BYTES) {
    await pace();
    to.set(from.subarray(done, done + PIECE_BYTES), at + done);
  }
}
