// joblite in a JupyterLite notebook: a site with a local Pyodide, its kernel started in the page, the
// same cells run before and after a reload.

import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cache, keyOf } from '../../../src/build/places.mjs';
import { pythonEnvironment } from '../../../src/build/python.mjs';
import { run } from '../../../src/build/run.mjs';
import { serve } from '../../drivers/server.mjs';

const START_LIMIT_MS = 120_000;

/** Cells of a notebook; the last expression of each is a JSON text that the test looks at. */
const CELLS = {
  install: '%pip install joblite',
  register: `
import json, os, sys, time
import joblib, joblite
joblite.register(n_workers=2)
await joblite.start(2)
json.dumps([joblib.__version__, sys.version.split()[0], os.getcwd()])`,
  parallel: `
from joblib import Parallel, delayed
def loop(i, steps=500_000):
    s = 0
    for k in range(steps):
        s = (s * 31 + k + i) % 1000003
    return s
def worker_name(i):
    import js
    loop(i, 50_000)
    return js.self.name
names = Parallel(n_jobs=2, batch_size=1)(delayed(worker_name)(i) for i in range(8))
started = time.perf_counter()
sequential = [loop(i) for i in range(8)]
between = time.perf_counter()
parallel = Parallel(n_jobs=2)(delayed(loop)(i) for i in range(8))
ended = time.perf_counter()
json.dumps([sequential == parallel, len(set(names)), between - started, ended - between])`,
  memory: `
from joblib import Memory
ran = []
@Memory('./cachedir', verbose=0).cache
def square(x):
    ran.append(x)
    return x * x
@Memory('direct', backend='indexeddb', verbose=0).cache
def cube(x):
    ran.append(x)
    return x * x * x
told = []
for f in (square, cube):
    f(3)
    started = time.perf_counter()
    f(3)
    told.append(time.perf_counter() - started)
await joblite.flush()
json.dumps([square(3), cube(3), len(ran), *told])`,
};

/** Runs the notebook in one browser and gives `{ passed, failed, skipped }`. */
export async function runInJupyterLite({ root, browser, engine, isolated = false, log }) {
  const site = await buildSite(root);
  const server = await serve({ isolated, mounts: { '/': join(site, 'out') } });
  try {
    const page = await browser.newTab();
    for (const bodiesRun of [2, 0]) {
      const { register, parallel, memory } = await visit(page, server);
      const [joblib, python, folder] = register;
      const [equal, workers, sequential, parallelSeconds] = parallel;
      assert.deepEqual([equal, workers], [true, 2]);
      const [square, cube, ran, keptHit, directHit] = memory;
      assert.deepEqual([square, cube, ran], [9, 27, bodiesRun]);
      const ms = (seconds) => `${(seconds * 1000).toFixed(0)} ms`;
      log(
        `JupyterLite, ${engine}: Python ${python}, joblib ${joblib}, in ${folder}: ` +
          `sequential ${sequential.toFixed(2)} s, two workers ${parallelSeconds.toFixed(2)} s; ` +
          `a hit ${ms(keptHit)}, with backend='indexeddb' ${ms(directHit)}; bodies run: ${ran}`,
      );
    }
    return { passed: 1, failed: 0, skipped: [] };
  } catch (error) {
    log(`FAILED JupyterLite, ${engine}\n${String(error.stack).replace(/^/gm, '    ')}`);
    return { passed: 0, failed: 1, skipped: [] };
  } finally {
    await browser.reset();
    await server.close();
    await rm(site, { recursive: true, force: true });
  }
}

/** Opens the page, starts a kernel, runs the cells and gives what each says. */
async function visit(page, server) {
  await page.open(server.url('/lab/index.html'));
  await page.waitFor(() => globalThis.jupyterapp !== undefined, undefined, {
    limitMs: START_LIMIT_MS,
  });
  await page.evaluate(startKernel, undefined, { limitMs: START_LIMIT_MS });
  const told = {};
  for (const [name, code] of Object.entries(CELLS)) {
    const { status, text, result } = await page.evaluate(execute, code, {
      limitMs: START_LIMIT_MS,
    });
    assert.equal(status, 'ok', `${name}: ${text}`);
    told[name] = result && JSON.parse(result.slice(1, -1));
  }
  return told;
}

async function buildSite(root) {
  const { python } = await pythonEnvironment();
  const wheel = (await readdir(join(root, 'dist'))).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new Error('the wheel is missing: "npm run build" makes it');
  const site = await mkdtemp(join(tmpdir(), 'joblite-lite-'));
  const pyodide = join(root, 'node_modules/pyodide');
  const script = join(import.meta.dirname, 'site.py');
  await run(python, [script, pyodide, await wheels(python), join(root, 'dist', wheel), site]);
  return site;
}

/** The wheels of requirements.txt, downloaded once. */
async function wheels(python) {
  const requirements = join(import.meta.dirname, 'requirements.txt');
  const folder = join(cache, `jupyterlite-${keyOf(await readFile(requirements, 'utf8'))}`);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  const options = ['-q', '--no-deps', '--only-binary=:all:', '--python-version=3.14'];
  await run(
    python,
    ['-m', 'pip', 'download', ...options, '--require-hashes', '-d', partial, '-r', requirements],
    { stop: 'pip download failed; is the Python package index within reach?' },
  );
  await rename(partial, folder);
  return folder;
}

// The next two run in the page.

async function startKernel() {
  const { serviceManager } = globalThis.jupyterapp;
  await serviceManager.ready;
  globalThis.kernel = await serviceManager.kernels.startNew({ name: 'python' });
}

async function execute(code) {
  const texts = [];
  let result;
  const future = globalThis.kernel.requestExecute({ code });
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === 'execute_result') result = content.data['text/plain'];
    if (header.msg_type === 'error') texts.push(...content.traceback);
    if (header.msg_type === 'stream') texts.push(content.text);
  };
  const { content } = await future.done;
  return { status: content.status, text: texts.join('\n'), result };
}
