// What goes wrong around an application that uses tasks and a cache, and that it gets its answer every
// time: workers that end in the middle of a task, storage that the browser refuses, an origin that has
// none, a strict policy. What goes wrong within the cache is in memory.e2e.mjs and store.e2e.mjs.

import { settingOf } from '../drivers/browser.mjs';

const CSP =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; object-src 'none'";

/** Loads joblite and makes the tasks of tasks/faults.js, as a page does; runs in the page. */
const setUp = async () => {
  const joblite = await import('joblite');
  globalThis.joblite = joblite;
  globalThis.started = [];
  globalThis.tasks = joblite.workerTasks(
    () => {
      const url = new URL('/tests/browser/tasks/faults.worker.js', location.href);
      const name = String(globalThis.started.length);
      const worker = new Worker(url, { type: 'module', name });
      globalThis.started.push(worker);
      return worker;
    },
    () => import('/tests/browser/tasks/faults.js'),
  );
};

/**
 * Runs `double(1)`, the task that goes wrong and `double(3)`, and afterwards three tasks on the same
 * pool; runs in the page. With `terminate` the page ends the worker of the wrong task, which says where.
 */
const runFault = async ({ fault, terminate }) => {
  const { delayed, Parallel } = globalThis.joblite;
  const { double, [fault]: wrong } = globalThis.tasks;
  const where = new Promise((resolve) => {
    new BroadcastChannel('faults').onmessage = ({ data }) => resolve(data);
  });
  const parallel = Parallel({ nJobs: 2, batchSize: 1 });
  const outcome = parallel([delayed(double)(1), delayed(wrong)(), delayed(double)(3)]).then(
    (value) => ({ value }),
    ({ name, message, code, details }) => ({ name, message, code, taskIndex: details?.taskIndex }),
  );
  if (terminate) globalThis.started[await where].terminate();
  const lost = await outcome;
  const after = await parallel([1, 2, 3].map((n) => delayed(double)(n)));
  return { lost, after };
};

const lostIn = (what, fault, terminate) => ({
  name: `${what}: WORKER_LOST names the task, and the pool goes on`,
  async run({ browser, serve, expect }) {
    const server = await serve({ isolated: true });
    const page = await browser.open(server.url('/blank.html'));
    await page.evaluate(setUp);
    const { lost, after } = await page.evaluate(runFault, { fault, terminate });
    expect(lost).to.include({ name: 'TaskError', code: 'WORKER_LOST', taskIndex: 1 });
    expect(lost.message).to.match(/task 1/);
    expect(after).to.deep.equal([2, 4, 6]);
  },
});

/** What an application does: a cached function twice, tasks on two workers; runs in the page. */
const runApplication = async () => {
  const { delayed, environment, Memory, Parallel } = globalThis.joblite;
  let runs = 0;
  const memory = new Memory('application');
  const squares = memory.cache(
    async (length) => {
      runs += 1;
      return Float64Array.from({ length }, (_, i) => i * i);
    },
    { name: 'squares' },
  );
  const cached = [[...(await squares(3))], [...(await squares(3))]];
  const parallel = Parallel({ nJobs: 2 });
  const doubled = await parallel([1, 2, 3].map((n) => delayed(globalThis.tasks.double)(n)));
  const { indexedDB, webLocks, reasons } = environment();
  return { runs, cached, doubled, indexedDB, webLocks, reasons };
};

const ANSWER = {
  cached: [
    [0, 1, 4],
    [0, 1, 4],
  ],
  doubled: [2, 4, 6],
};

/** A document of an opaque origin that runs the application and posts the outcome to its parent. */
const framed = (importMap) => `<!doctype html><meta charset="utf-8"><title>frame</title>
<script type="importmap">${importMap}</script>
<script type="module">
try {
  await (${setUp})();
  parent.postMessage(await (${runApplication})(), '*');
} catch (error) {
  parent.postMessage({ error: String(error), stack: error.stack }, '*');
}
</script>`;

export default [
  lostIn('a worker that closes itself', 'closeItself', false),
  lostIn('a worker that is terminated while its task waits', 'wait', true),
  lostIn('a worker that is terminated while its task computes', 'spin', true),

  {
    name: 'all storage blocked by the user: the same answers, one warning',
    async run({ launch, engine, serve, expect, skip }) {
      const blocked = settingOf(engine, 'blockedStorage');
      if (!blocked) skip(`${engine} has no setting that blocks IndexedDB`);
      const server = await serve();
      const browser = await launch(blocked);
      const page = await browser.open(server.url('/blank.html'));
      await page.evaluate(setUp);
      const outcome = await page.evaluate(runApplication);
      expect(outcome).to.deep.include(ANSWER);
      const warnings = (await browser.messages()).filter(({ level }) => level === 'warning');
      expect(warnings.map(({ text }) => text).join('\n')).to.match(/joblite/);
      expect(warnings).to.have.length(1);
    },
  },

  {
    name: 'a private window: cached as long as it is open',
    async run({ launch, engine, serve, expect }) {
      const server = await serve();
      const browser = await launch(settingOf(engine, 'privateWindow'));
      const page = await browser.open(server.url('/blank.html'));
      await page.evaluate(setUp);
      expect(await page.evaluate(runApplication)).to.deep.include({ ...ANSWER, runs: 1 });
      await page.reload();
      await page.evaluate(setUp);
      expect(await page.evaluate(runApplication)).to.deep.include({ ...ANSWER, runs: 0 });
    },
  },

  {
    name: 'an opaque origin, which has neither storage nor workers: the same answers',
    async run({ browser, serve, expect }) {
      const importMap = JSON.stringify({ imports: { joblite: '/dist/index.js' } });
      const server = await serve({
        headers: { 'Access-Control-Allow-Origin': '*' },
        mounts: { '/frame.html': { body: framed(importMap) } },
      });
      const page = await browser.open(server.url('/blank.html'));
      const outcome = await page.evaluate(
        () =>
          new Promise((resolve) => {
            addEventListener('message', ({ data }) => resolve(data));
            const frame = document.createElement('iframe');
            frame.sandbox = 'allow-scripts';
            frame.src = '/frame.html';
            document.body.append(frame);
          }),
      );
      expect(outcome.error, outcome.stack).to.equal(undefined);
      expect(outcome).to.deep.include({ ...ANSWER, indexedDB: false, webLocks: false });
      expect(outcome.reasons).to.include.keys('workers', 'indexedDB', 'webLocks');
    },
  },

  {
    name: 'a strict Content-Security-Policy: tasks by workerTasks and fromModule, and the cache',
    async run({ browser, serve, expect }) {
      const server = await serve({ csp: CSP });
      const page = await browser.open(server.url('/blank.html'));
      await page.evaluate(setUp);
      expect(await page.evaluate(runApplication)).to.deep.include({ ...ANSWER, runs: 1 });
      const byModule = await page.evaluate(async () => {
        const { delayed, fromModule, Parallel } = globalThis.joblite;
        const double = fromModule(
          new URL('/tests/browser/tasks/faults.js', location.href),
          'double',
        );
        return Parallel({ nJobs: 2, backend: 'workers' })([delayed(double)(4), delayed(double)(5)]);
      });
      expect(byModule).to.deep.equal([8, 10]);
    },
  },
];
