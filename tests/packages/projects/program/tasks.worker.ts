import { exposeTasks } from 'joblite/worker';
import * as tasks from './tasks.ts';

exposeTasks(tasks);
