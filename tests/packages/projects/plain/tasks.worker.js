// A page's import map does not reach its workers: here the package is imported by path.
import { exposeTasks } from './node_modules/joblite/dist/worker.js';
import * as tasks from './tasks.js';

exposeTasks(tasks);
