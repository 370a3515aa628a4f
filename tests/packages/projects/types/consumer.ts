// Compiled, never run: what a strict TypeScript consumer writes against the published declarations.

import type * as joblite from 'joblite';
import {
  delayed,
  FormatError,
  JobliteError,
  Memory,
  Parallel,
  parallelMap,
  StoreError,
  type TaskError,
  workerTasks,
} from 'joblite';
import {
  type Compressor,
  type DumpOptions,
  dump,
  type FileProgress,
  type HashOptions,
  hash,
  type LoadOptions,
  load,
  PyDateTime,
  PyFrozenSet,
  registerCompressor,
} from 'joblite/files';
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

export async function consumeFiles(handle: FileSystemFileHandle): Promise<void> {
  const options: DumpOptions = { compress: ['xz', 3], protocol: 4, onProgress: null };
  const file = await dump({ weights: new Float64Array(3) }, options);
  check<Equal<typeof file, Uint8Array<ArrayBuffer>>>();
  const written = await dump(file, handle, { compress: true });
  check<Equal<typeof written, void>>();
  await dump(file, new WritableStream<Uint8Array>());
  await dump(file, new URL('file:///model.joblib'), { signal: new AbortController().signal });
  // @ts-expect-error compress is a number, true, a name or both
  await dump(file, { compress: { name: 'xz' } });
  // @ts-expect-error nothing is dumped into a number
  await dump(file, 7);

  const onProgress = ({ bytes, totalBytes }: FileProgress): number => bytes / (totalBytes ?? bytes);
  const reading: LoadOptions = { mmapMode: null, strict: true, maxBytes: 2 ** 20, onProgress };
  const loaded = await load(await fetch('model.joblib'), reading);
  check<Equal<typeof loaded, unknown>>();
  for (const source of [handle, file, file.buffer, new Blob([file]), new Blob([file]).stream()])
    await load(source);
  // @ts-expect-error joblib has no such mode
  await load(file, { mmapMode: 'rw' });

  const hashing: HashOptions = { hashName: 'sha1', python: '3.11' };
  const digest = await hash(new PyFrozenSet([1, 2]), hashing);
  check<Equal<typeof digest, string>>();
  // @ts-expect-error joblib has md5 and sha1
  await hash(1, { hashName: 'sha256' });

  const moment = new PyDateTime(0, { microsecond: 5, fold: 1 });
  check<Equal<typeof moment.fold, 0 | 1>>();
  moment satisfies Date;
  new PyFrozenSet(['a']) satisfies Set<string>;
  // @ts-expect-error a fold is 0 or 1
  new PyDateTime(0, { fold: 2 });

  const gzip: Compressor = {
    prefix: new Uint8Array([0x1f, 0x8b]),
    extension: '.gz',
    compress: () => new CompressionStream('gzip'),
    decompress: () => new DecompressionStream('gzip'),
  };
  registerCompressor('gzip', gzip, { force: true });
  // @ts-expect-error a compressor decompresses too
  registerCompressor('none', { prefix: new Uint8Array(), extension: '', compress: gzip.compress });
}

/** One class, whichever of the entries it is imported from. */
check<Equal<joblite.PyDateTime, PyDateTime>>();
check<Equal<typeof joblite.dump, typeof dump>>();
check<Equal<typeof joblite.load, typeof load>>();
check<Equal<joblite.HashOptions, HashOptions>>();

export function describeFileError(error: unknown): unknown {
  return error instanceof FormatError ? error.details.offset : undefined;
}

export function describeError(error: unknown): string {
  if (error instanceof StoreError) return error.code satisfies 'STORE_UNAVAILABLE' | string;
  if (error instanceof JobliteError) return `${error.code} ${JSON.stringify(error.details)}`;
  return (error as TaskError).message;
}
