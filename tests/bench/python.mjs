// joblib in Pyodide, sequentially and on two workers: 8 tasks of a 1.5 M-step pure Python loop, medians.
// `node tests/bench/python.mjs [chromium] [firefox]`, after `npm run build`.

import { join, resolve } from 'node:path';
import { launch } from '../drivers/browser.mjs';
import { python, serveNotebook, startPyodide } from '../py/browser/notebook.mjs';

const ROUNDS = 5;

const SOURCE = `
import statistics, time
import joblite
from joblib import Parallel, delayed

joblite.register(n_workers=2)
started = time.perf_counter()
await joblite.start(2)
pool_start = time.perf_counter() - started

def loop(i, steps=1_500_000):
    s = 0
    for k in range(steps):
        s = (s * 31 + k + i) % 1000003
    return s

def timed(run):
    started = time.perf_counter()
    run()
    return time.perf_counter() - started

def median(run, rounds):
    return statistics.median(timed(run) for _ in range(rounds))
`;

const MEASURE = `
tasks = lambda: (delayed(loop)(i) for i in range(8))
assert Parallel(n_jobs=2)(tasks()) == [loop(i) for i in range(8)]
{
    "pool of two ready": pool_start,
    "sequential": median(lambda: Parallel(n_jobs=1)(tasks()), ${ROUNDS}),
    "two workers": median(lambda: Parallel(n_jobs=2)(tasks()), ${ROUNDS}),
    "trivial round trip": median(lambda: Parallel(n_jobs=2)([delayed(abs)(-1)]), 51),
    "10,000 trivial tasks": median(lambda: Parallel(n_jobs=2)(delayed(abs)(i) for i in range(10_000)), 3),
}`;

const root = resolve(import.meta.dirname, '../..');
const engines = process.argv.slice(2);
for (const engine of engines.length > 0 ? engines : ['chromium', 'firefox']) {
  const server = await serveNotebook(root);
  const browser = await launch(engine);
  try {
    const page = await browser.open(server.url('/blank.html'));
    await startPyodide(page, { [join('bench', 'python.py')]: SOURCE });
    const { value } = await python(page, MEASURE, { limitMs: 900_000 });
    console.log(`${engine}, medians of ${ROUNDS} rounds:`);
    for (const [name, seconds] of Object.entries(value))
      console.log(`  ${name.padEnd(22)} ${(seconds * 1000).toFixed(1).padStart(9)} ms`);
    console.log(`  speed-up ${(value.sequential / value['two workers']).toFixed(2)}`);
  } finally {
    await browser.close();
    await server.close();
  }
}
