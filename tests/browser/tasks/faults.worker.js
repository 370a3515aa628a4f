import { exposeTasks } from '../../../dist/worker.js';
import * as tasks from './faults.js';

exposeTasks(tasks);
