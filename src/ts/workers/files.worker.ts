// The helper worker of a page: reads and writes files for it, so that the page stays alive.
// Started and ended by files/file-worker.ts.

import type { HelperCall } from '../files/file-worker-protocol.js';
import { serveHelper } from '../files/serve-file-worker.js';
import { announceReady } from '../parallel/worker-ready.js';

const port = {
  postMessage: (message: unknown, transfer: Transferable[] = []) =>
    postMessage(message, { transfer }),
};
addEventListener('message', ({ data }: MessageEvent<HelperCall>) => serveHelper(port, data));
void announceReady(port);
