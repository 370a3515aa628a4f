// joblib in Pyodide, sequentially and on two workers: 8 tasks of a 1.5 M-step pure Python loop, medians.
// `node tests/bench/python.mjs [chromium] [firefox]`, after `npm run build`.

import { join, resolve } from 'node:path';
import { launch } from '../drivers/browser.mjs';
import { python, serveNotebook, startPyodide } from '../py/browser/notebook.mjs';

const ROUNDS = 5;

const SOURCE = `
import asyncio, statistics, time
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

async def median(rounds, *runs):
    """Of the time that all of runs take together; the page answers its driver between them."""
    totals = []
    for _ in range(rounds):
        totals.append(0)
        for run in runs:
            totals[-1] += timed(run)
            await asyncio.sleep(0.01)
    return statistics.median(totals)
`;

const MEASURE = `
def two_workers(function, n_tasks):
    return lambda: Parallel(n_jobs=2)(delayed(function)(i) for i in range(n_tasks))

sequential = [lambda i=i: loop(i) for i in range(8)]
assert two_workers(loop, 8)() == [run() for run in sequential]
{
    "pool of two ready": pool_start,
    "sequential": await median(${ROUNDS}, *sequential),
    "two workers": await median(${ROUNDS}, two_workers(loop, 8)),
    "trivial round trip": await median(51, two_workers(abs, 1)),
    "10,000 trivial tasks": await median(3, two_workers(abs, 10_000)),
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
