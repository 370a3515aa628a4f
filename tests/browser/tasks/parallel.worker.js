// A page has an import map, a worker has none.
import { exposeTasks } from '/dist/worker.js';
import * as tasks from './parallel.js';

exposeTasks(tasks);
