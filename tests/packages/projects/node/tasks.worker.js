import { exposeTasks } from 'joblite/worker';
import * as tasks from './tasks.js';

exposeTasks(tasks);
