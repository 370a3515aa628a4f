// Many digests in order, in steps: dealt out by their first byte, then each of the 256 lots by the engine.

import type { HashMemory } from './hash-memory.js';

/** So many digests are sorted at once: a few ms. */
const AT_ONCE = 1 << 15;
/** So many are dealt out between two questions for a pause. */
const PIECE = 1024;
const DIGEST_BYTES = 32;

/** Sorts `n` digests from `start` on. After them as many bytes are used. */
export function* sortInSteps(
  m: HashMemory,
  start: number,
  n: number,
  pause: () => Promise<void> | undefined,
): Generator<Promise<void>, void, void> {
  if (n <= AT_ONCE) {
    m.hasher.sortDigests(start, n);
    return;
  }
  const end = start + n * DIGEST_BYTES;
  m.need(end, n * DIGEST_BYTES);
  const counts = new Uint32Array(256);
  for (let at = start; at < end; at += DIGEST_BYTES) {
    const lot = m.bytes[at] as number;
    counts[lot] = (counts[lot] as number) + 1;
  }
  const places = new Uint32Array(256);
  for (let lot = 1; lot < 256; lot++)
    places[lot] = (places[lot - 1] as number) + (counts[lot - 1] as number);
  const starts = places.slice();
  for (let i = 0; i < n; i++) {
    const from = start + i * DIGEST_BYTES;
    const lot = m.bytes[from] as number;
    const place = places[lot] as number;
    places[lot] = place + 1;
    const to = end + place * DIGEST_BYTES;
    m.bytes.copyWithin(to, from, from + DIGEST_BYTES);
    if (i % PIECE === 0) {
      const paused = pause();
      if (paused !== undefined) {
        yield paused;
        m.need(0, 0);
      }
    }
  }
  m.bytes.copyWithin(start, end, end + n * DIGEST_BYTES);
  for (let lot = 0; lot < 256; lot++) {
    m.hasher.sortDigests(start + (starts[lot] as number) * DIGEST_BYTES, counts[lot] as number);
    const paused = pause();
    if (paused !== undefined) yield paused;
  }
}
