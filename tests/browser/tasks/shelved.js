// Tasks that are given a reference to a result.

import { MemorizedResult } from '/dist/index.js';

/** The sum of the array that `reference` stands for. */
export async function sumOf(reference) {
  const data = await MemorizedResult.from(reference).get();
  return data.reduce((sum, x) => sum + x, 0);
}
