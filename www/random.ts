/**
 * A small seeded generator of random numbers, xoshiro128** by Blackman and Vigna
 * (https://prng.di.unimi.it/xoshiro128starstar.c), seeded by splitmix32.
 *
 * It exists because `Math.random` cannot be seeded: every task of the demo draws from a generator
 * of its own, so that the numbers do not depend on which worker ran it, or when. Not for secrets.
 */

/** The four words of a generator's state, made from any number of integers. */
export function seedState(...seeds: number[]): Uint32Array {
  let mixed = 0x9e3779b9;
  for (const seed of seeds) mixed = splitmix32((mixed ^ seed) >>> 0);
  const state = new Uint32Array(4);
  for (let word = 0; word < 4; word += 1) {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    state[word] = splitmix32(mixed);
  }
  return state;
}

function splitmix32(value: number): number {
  let mixed = (value + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/**
 * Counts how often each bin is drawn when as many flights as the group has are drawn from it
 * with replacement. The loop is written out, because it runs two thousand million times.
 *
 * @param bins   one bin number a member of the group
 * @param counts one counter a bin; filled with zeros first
 * @param state  the generator; left where the next resample goes on
 */
export function drawCounts(bins: Uint16Array, counts: Uint32Array, state: Uint32Array): void {
  counts.fill(0);
  const size = bins.length;
  const scale = size / 4294967296;
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  for (let drawn = 0; drawn < size; drawn += 1) {
    const product = Math.imul(b, 5);
    const word = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    const bin = bins[(word * scale) | 0] as number;
    counts[bin] = (counts[bin] as number) + 1;
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}
