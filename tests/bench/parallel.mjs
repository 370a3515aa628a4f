// What Parallel costs and gains in Chromium: `node tests/bench/parallel.mjs [engine]`. Prints medians;
// nothing here fails.

import { resolve } from 'node:path';
import { serveTests } from '../browser/runner/pages.mjs';
import { launch } from '../drivers/browser.mjs';

const root = resolve(import.meta.dirname, '../..');
const server = await serveTests(root, { isolated: true });
const browser = await launch(process.argv[2] ?? 'chromium');
try {
  const page = await browser.open(server.url('/blank.html'));
  const figures = await page.evaluate(measure, [], { limitMs: 300_000 });
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(56)} ${value}`);
} finally {
  await browser.close();
  await server.close();
}

/** Runs in the page. */
async function measure() {
  const { delayed, Parallel, workerTasks } = await import('joblite');
  const tasks = workerTasks(
    () => new Worker('/tests/browser/tasks/parallel.worker.js', { type: 'module' }),
    () => import('/tests/browser/tasks/parallel.js'),
  );
  const figures = {};
  const median = async (run, rounds) => {
    const times = [];
    for (let i = 0; i < rounds; i++) {
      const start = performance.now();
      await run();
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[rounds >> 1];
  };

  const COUNT = 100_000;
  const numbers = Array.from({ length: COUNT }, (_, i) => i);
  const parallel = Parallel({ nJobs: 2 });
  const trivial = async () => {
    const results = await parallel(numbers.map((x) => delayed(tasks.inc)(x)));
    if (results[COUNT - 1] !== COUNT) throw new Error('wrong results');
  };
  await trivial();
  figures['100,000 trivial tasks, us a task'] = ((await median(trivial, 9)) * 1000) / COUNT;
  const singly = Parallel({ nJobs: 2, batchSize: 1, preDispatch: 'all' });
  const few = numbers.slice(0, 5000);
  const one = () => singly(few.map((x) => delayed(tasks.inc)(x)));
  await one();
  figures['5,000 trivial tasks with batchSize 1, us a task'] =
    ((await median(one, 5)) * 1000) / few.length;
  figures['bare postMessage, 4 in flight, us a task'] =
    ((await median(await barePostMessage(few.length, 4), 5)) * 1000) / few.length;

  const busy = () => Array.from({ length: 200 }, (_, i) => delayed(tasks.busy)(20, i));
  const here = Parallel({ nJobs: 1 });
  await parallel([delayed(tasks.inc)(1)]);
  figures['200 tasks of 20 ms, sequential, ms'] = await median(() => here(busy()), 1);
  figures['200 tasks of 20 ms, 2 workers, ms'] = await median(() => parallel(busy()), 3);
  figures['first call with cold workers, ms'] = await median(async () => {
    const cold = Parallel({ nJobs: 2 });
    const fresh = workerTasks(
      () => new Worker('/tests/browser/tasks/parallel.worker.js', { type: 'module' }),
    );
    await cold([1, 2].map((x) => delayed(fresh.inc)(x)));
    cold.terminate();
  }, 5);
  figures['call of one task with warm workers, ms'] = await median(
    () => parallel([delayed(tasks.inc)(1)]),
    51,
  );
  parallel.terminate();
  singly.terminate();
  return Object.fromEntries(Object.entries(figures).map(([k, v]) => [k, Number(v.toFixed(3))]));

  /** The platform alone: one message a task to two workers that answer at once. */
  async function barePostMessage(count, inFlight) {
    const text = 'onmessage = ({ data }) => postMessage(data + 1); postMessage(0);';
    const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    const workers = await Promise.all(
      [0, 1].map(
        () =>
          new Promise((ready) => {
            const worker = new Worker(url);
            worker.onmessage = () => ready(worker);
          }),
      ),
    );
    return () =>
      new Promise((finished) => {
        let sent = 0;
        let done = 0;
        for (const worker of workers) {
          worker.onmessage = () => {
            if (++done === count) finished();
            else if (sent < count) worker.postMessage(sent++);
          };
        }
        while (sent < inFlight) {
          workers[sent % 2].postMessage(sent);
          sent++;
        }
      });
  }
}
