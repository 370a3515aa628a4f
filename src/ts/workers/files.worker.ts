// The helper worker of a page: reads and writes files for it, so that the page stays alive.
// Started and ended by files/helper.ts.

import type { HelperCall } from '../files/helper-protocol.js';
import { serveHelper } from '../files/serve-helper.js';
import { announceReady } from '../parallel/worker-ready.js';

const port = {
  postMessage: (message: unknown, transfer: Transferable[] = []) =>
    postMessage(message, { transfer }),
};
addEventListener('message', ({ data }: MessageEvent<HelperCall>) => serveHelper(port, data));
void announceReady(port);
