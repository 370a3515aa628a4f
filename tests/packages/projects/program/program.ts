// What every consumer with a bundler does with joblite; the page's `main.ts` says where the tasks are.

import { delayed, environment, hash, Memory, Parallel, type WorkerTasks } from 'joblite';
import { files } from './files.ts';

export async function program(tasks: WorkerTasks<typeof import('./tasks.ts')>) {
  const parallel = Parallel({ nJobs: 2 });
  const described = await parallel(
    [1, 2, 3, 4].map((n) => delayed(tasks.describe)([n, n + 1, n + 5])),
  );
  const refused = await parallel([delayed(tasks.refuse)(7)]).catch(
    (error: Error) => `${error.name}: ${error.message}`,
  );

  let runs = 0;
  const memory = new Memory('consumer');
  const squares = memory.cache(
    async (length: number) => {
      runs += 1;
      return Float64Array.from({ length }, (_, i) => i * i);
    },
    { name: 'squares' },
  );
  const first = await squares(4);
  const second = await squares(4);
  return {
    described,
    refused,
    runs,
    first: [...first],
    second: [...second],
    hash: await hash({ text: 'joblite', list: [1, 2.5] }),
    files: await files(),
    isolated: environment().crossOriginIsolated,
  };
}

/** Runs the program and leaves the outcome on the page, where the test reads it. */
export function show(outcome: Promise<unknown>): void {
  const leave = (result: unknown) =>
    document.documentElement.setAttribute('data-result', JSON.stringify(result));
  outcome.then(leave, (error: Error & { code?: string; cause?: unknown }) =>
    leave({
      error: String(error),
      code: error.code,
      stack: error.stack,
      cause: String(error.cause),
    }),
  );
}
