/** The worker's entry: hands the tasks to joblite. */

import { exposeTasks } from 'joblite/worker';
import * as tasks from './tasks.js';

exposeTasks(tasks);
