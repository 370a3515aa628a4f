// Compiled, never run: what a strict TypeScript consumer writes against the published declarations.

import {
  delayed,
  JobliteError,
  Memory,
  Parallel,
  parallelMap,
  StoreError,
  type TaskError,
  workerTasks,
} from 'joblite';
import { exposeTasks } from 'joblite/worker';
import * as tasks from './tasks.js';

exposeTasks(tasks);

const remote = workerTasks<typeof import('./tasks.js')>(
  () => new Worker(new URL('./tasks.worker.js', import.meta.url), { type: 'module' }),
  () => import('./tasks.js'),
);

/** Fails to compile unless the two types are equal. */
type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const check = <T extends true>(_?: T): void => {};

export async function consume(): Promise<void> {
  const described = await Parallel({ nJobs: 2 })([delayed(remote.describe)([1, 2, 3])]);
  check<Equal<typeof described, tasks.Description[]>>();
  // @ts-expect-error describe takes numbers
  delayed(remote.describe)(['one']);
  // @ts-expect-error there is no such task
  delayed(remote.missing)();
  // @ts-expect-error nJobs is a number
  Parallel({ nJobs: 'two' });

  const memory = new Memory('consumer');
  const cached = memory.cache(async (text: string, times: number) => text.repeat(times), {
    name: 'cached',
  });
  const repeated = await cached('a', 2);
  check<Equal<typeof repeated, string>>();
  // @ts-expect-error the cached function's own parameters
  await cached(2, 'a');

  const lengths = await parallelMap((text: string) => text.length, ['a', 'bb'], { nJobs: 2 });
  check<Equal<typeof lengths, number[]>>();
}

export function describeError(error: unknown): string {
  if (error instanceof StoreError) return error.code satisfies 'STORE_UNAVAILABLE' | string;
  if (error instanceof JobliteError) return `${error.code} ${JSON.stringify(error.details)}`;
  return (error as TaskError).message;
}
