import { Worker } from 'node:worker_threads';
import { workerTasks } from 'joblite';
import { dump, load } from 'joblite/files';
import { program } from './program.js';

const tasks = workerTasks(
  () => new Worker(new URL('./tasks.worker.js', import.meta.url)),
  () => import('./tasks.js'),
);
const paths = [];
for (const path of ['model.joblib.gz', 'model.joblib.xz']) {
  await dump(['joblite', 1, 2.5], path);
  paths.push(await load(path));
}
console.log(JSON.stringify({ ...(await program(tasks)), paths }));
