// Hashes what it is sent, in a worker, where that is done at one time.

import { hash } from '/dist/index.js';

addEventListener('message', async ({ data }) => {
  postMessage(await hash(data));
});
