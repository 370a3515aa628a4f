import { exposeTasks } from 'joblite/worker';
import * as tasks from './tasks.mjs';

exposeTasks(tasks);
