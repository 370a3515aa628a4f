// A program that uses workers and then has nothing left to do: parallel.test.mjs sees it end.

import { Worker } from 'node:worker_threads';
import { delayed, Parallel, workerTasks } from 'joblite';

const tasks = workerTasks(() => new Worker(new URL('./tasks.worker.mjs', import.meta.url)));
const parallel = Parallel({ nJobs: 2 });
console.log(await parallel([1, 2, 3].map((x) => delayed(tasks.inc)(x))));
console.log(await parallel([1, 2, 3].map((x) => delayed((y) => y * 2)(x))));
