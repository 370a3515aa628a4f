// One thread of the rayon pool: joins the shared memory and stays in rayon's loop until threads.ts
// ends it.

import { instantiate, runThread } from '../threads-glue.js';
import type { FromThread, RunThread } from '../threads-protocol.js';

const post = (message: FromThread) => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<RunThread>) => void run(data), { once: true });
// Without this a memory that cannot be shared would leave the owner waiting.
addEventListener('messageerror', () => {
  post({ kind: 'failed', message: 'a thread could not read the shared memory' });
});

async function run({ module, memory, receiver }: RunThread): Promise<void> {
  try {
    await instantiate({ module_or_path: module, memory });
  } catch (error) {
    post({ kind: 'failed', message: String(error) });
    return;
  }
  post({ kind: 'running' });
  runThread(receiver);
}
