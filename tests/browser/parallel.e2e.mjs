// Parallel where the page's policy, the server or the platform take something away: still the right
// results, and one warning that says why, or an error that says what to do.

const CSP = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

/** What a server gives for a file that is not there: no script, so no worker. */
const MISSING = { body: 'not found', type: 'text/plain' };

/** Runs in the page: each way to a worker, the warnings, and whether workers were used. */
const runAll = async (ways) => {
  const warnings = [];
  // wasm-bindgen's glue warns of its own when the engine cannot be compiled.
  console.warn = (text) => String(text).startsWith('joblite:') && warnings.push(text);
  const { delayed, fromModule, Parallel, workerTasks } = await import('joblite');
  const tasks = workerTasks(
    () => new Worker('/tests/browser/tasks/parallel.worker.js', { type: 'module' }),
    () => import('/tests/browser/tasks/parallel.js'),
  );
  const functions = {
    workerTasks: tasks.isInWorker,
    fromModule: fromModule('/tests/browser/tasks/parallel.js', 'isInWorker'),
    source: (x) => [x, 'WorkerGlobalScope' in globalThis],
  };
  const parallel = Parallel({ nJobs: 2 });
  const outcomes = {};
  for (const way of ways) {
    try {
      const results = await parallel([1, 2, 3].map((x) => delayed(functions[way])(x)));
      outcomes[way] = {
        values: results.map(([value]) => value),
        inWorker: results.every(([, inWorker]) => inWorker),
      };
    } catch (error) {
      outcomes[way] = { code: error.code, message: error.message };
    }
  }
  parallel.terminate();
  return { outcomes, warnings };
};

const IN_WORKER = { values: [1, 2, 3], inWorker: true };
const IN_PAGE = { values: [1, 2, 3], inWorker: false };

export default [
  {
    name: 'workerTasks and fromModule work under a policy without unsafe-eval and blob:, source text runs in the page',
    async run({ browser, serve, expect }) {
      const server = await serve({ csp: `${CSP}; worker-src 'self'` });
      const page = await browser.open(server.url('/blank.html'));
      const { outcomes, warnings } = await page.evaluate(runAll, [
        'workerTasks',
        'fromModule',
        'source',
      ]);
      expect(outcomes).to.deep.equal({
        workerTasks: IN_WORKER,
        fromModule: IN_WORKER,
        source: IN_PAGE,
      });
      expect(warnings.length).to.equal(1);
      expect(warnings[0]).to.match(/Content-Security-Policy.*workerTasks\(\) and fromModule\(\)/);
    },
  },
  {
    name: 'where the policy forbids workers, everything runs in the page',
    async run({ browser, serve, expect }) {
      const server = await serve({ csp: `${CSP}; worker-src 'none'` });
      const page = await browser.open(server.url('/blank.html'));
      const { outcomes, warnings } = await page.evaluate(runAll, [
        'workerTasks',
        'fromModule',
        'source',
      ]);
      expect(outcomes).to.deep.equal({
        workerTasks: IN_PAGE,
        fromModule: IN_PAGE,
        source: IN_PAGE,
      });
      expect(warnings.length).to.equal(1);
      expect(warnings[0]).to.include('worker-src');
    },
  },
  {
    name: 'where there is no Worker, everything runs in the page',
    async run({ browser, serve, expect }) {
      const server = await serve({});
      const page = await browser.open(server.url('/blank.html'));
      await page.evaluate(async () => {
        delete globalThis.Worker;
      });
      const { outcomes, warnings } = await page.evaluate(runAll, ['workerTasks', 'fromModule']);
      expect(outcomes).to.deep.equal({ workerTasks: IN_PAGE, fromModule: IN_PAGE });
      expect(warnings.length).to.equal(1);
      const reason = await page.evaluate(async () => {
        const { environment } = await import('joblite');
        return environment().reasons.workers;
      });
      expect(reason).to.include('one after another');
    },
  },
  {
    name: 'without the wasm engine everything runs in the page',
    async run({ browser, serve, expect }) {
      const server = await serve({ mounts: { '/dist/joblite.wasm': MISSING } });
      const page = await browser.open(server.url('/blank.html'));
      const { outcomes, warnings } = await page.evaluate(runAll, ['workerTasks', 'source']);
      expect(outcomes).to.deep.equal({ workerTasks: IN_PAGE, source: IN_PAGE });
      expect(warnings.length).to.equal(1);
      expect(warnings[0]).to.include('joblite.wasm');
    },
  },
  {
    name: "where joblite's own worker is not beside it, its text is used",
    async run({ browser, serve, expect }) {
      const server = await serve({
        isolated: true,
        mounts: { '/dist/workers/pool.worker.js': MISSING },
      });
      const page = await browser.open(server.url('/blank.html'));
      const { outcomes, warnings } = await page.evaluate(runAll, ['fromModule', 'source']);
      expect(outcomes).to.deep.equal({ fromModule: IN_WORKER, source: IN_WORKER });
      expect(warnings).to.deep.equal([]);
    },
  },
  {
    name: 'where that is forbidden as well, the error says what to do',
    async run({ browser, serve, expect }) {
      const server = await serve({
        csp: `${CSP}; worker-src 'self'`,
        mounts: { '/dist/workers/pool.worker.js': MISSING },
      });
      const page = await browser.open(server.url('/blank.html'));
      const { outcomes, warnings } = await page.evaluate(runAll, ['fromModule']);
      expect(outcomes.fromModule.code).to.equal('WORKER_START_FAILED');
      expect(outcomes.fromModule.message).to.include("optimizeDeps: { exclude: ['joblite'] }");
      expect(warnings).to.deep.equal([]);
    },
  },
  {
    name: 'a busy worker that is killed from outside is WORKER_LOST, and the next call starts another',
    async run({ browser, serve, expect }) {
      const server = await serve({});
      const page = await browser.open(server.url('/blank.html'));
      const result = await page.evaluate(async () => {
        const { delayed, Parallel, workerTasks } = await import('joblite');
        const workers = [];
        const tasks = workerTasks(() => {
          workers.push(new Worker('/tests/browser/tasks/parallel.worker.js', { type: 'module' }));
          return workers.at(-1);
        });
        const parallel = Parallel({ nJobs: 2 });
        setTimeout(() => workers.map((worker) => worker.terminate()), 500);
        const killed = await parallel([delayed(tasks.forever)(), delayed(tasks.forever)()]).catch(
          (e) => e,
        );
        const after = await parallel([1, 2].map((x) => delayed(tasks.inc)(x)));
        return {
          code: killed.code,
          index: killed.details.taskIndex,
          after,
          started: workers.length,
        };
      });
      expect(result.code).to.equal('WORKER_LOST');
      expect(result.index).to.be.oneOf([0, 1]);
      expect(result.after).to.deep.equal([2, 3]);
      expect(result.started).to.be.oneOf([3, 4]);
    },
  },
  {
    name: 'without Web Locks an idle worker that died is found by asking it',
    async run({ browser, serve, expect }) {
      const server = await serve({});
      const page = await browser.open(server.url('/blank.html'));
      const result = await page.evaluate(async () => {
        Object.defineProperty(navigator, 'locks', { value: undefined });
        const { delayed, environment, Parallel, workerTasks } = await import('joblite');
        const tasks = workerTasks(
          () => new Worker('/tests/browser/tasks/parallel.worker.js', { type: 'module' }),
        );
        const parallel = Parallel({ nJobs: 2 });
        const first = await parallel([delayed(tasks.closeSoon)(1)]);
        await new Promise((resolve) => setTimeout(resolve, 100));
        const second = await parallel([1, 2, 3].map((x) => delayed(tasks.inc)(x)));
        return { first, second, reason: environment().reasons.webLocks };
      });
      expect(result.first).to.deep.equal([1]);
      expect(result.second).to.deep.equal([2, 3, 4]);
      expect(result.reason).to.include('timeoutMs');
    },
  },
];
