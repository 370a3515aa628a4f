import { Worker } from 'node:worker_threads';
import { workerTasks } from 'joblite';
import { program } from './program.js';

const tasks = workerTasks(
  () => new Worker(new URL('./tasks.worker.js', import.meta.url)),
  () => import('./tasks.js'),
);
console.log(JSON.stringify(await program(tasks)));
