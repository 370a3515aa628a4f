import { workerTasks } from 'joblite';
import { program } from './program.js';

const tasks = workerTasks(
  () => new Worker(new URL('./tasks.worker.js', import.meta.url), { type: 'module' }),
  () => import('./tasks.js'),
);
const leave = (result) =>
  document.documentElement.setAttribute('data-result', JSON.stringify(result));
program(tasks).then(leave, (error) =>
  leave({ error: String(error), code: error.code, stack: error.stack, cause: String(error.cause) }),
);
