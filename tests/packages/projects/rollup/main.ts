import { workerTasks } from 'joblite';
import { program, show } from './program.ts';

const tasks = workerTasks<typeof import('./tasks.ts')>(
  () => new Worker(new URL('./tasks.worker.js', import.meta.url), { type: 'module' }),
  () => import('./tasks.ts'),
);
show(program(tasks));
