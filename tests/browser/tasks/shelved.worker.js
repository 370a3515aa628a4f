// A worker that reads results by the references it is sent, and forgets them when it is told to.

import { MemorizedResult } from '/dist/index.js';
import { sumOf } from './shelved.js';

globalThis.onmessage = async ({ data: { reference, clear } }) => {
  try {
    if (clear) await MemorizedResult.from(reference).clear();
    postMessage(clear ? 'cleared' : await sumOf(reference));
  } catch (error) {
    postMessage(error.code);
  }
};
