// The tests of joblite in Pyodide: which Python runs in which page, and over which reloads. What is
// asserted of Python stands in the Python files.

import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { python, serveNotebook, startPyodide } from './notebook.mjs';

const NO_JSPI = 'no JSPI in this browser, so Python cannot wait; the fallback is tested instead';

const read = (name) => readFile(join(import.meta.dirname, name), 'utf8');

/** Runs all tests in one browser and gives `{ passed, failed, skipped }`. */
export async function runInBrowser({ root, browser, engine, isolated, log }) {
  const outcome = { passed: 0, failed: 0, skipped: [] };
  const where = `${engine}, ${isolated ? 'isolated' : 'not isolated'}`;
  const server = await serveNotebook(root, { isolated });
  const test = async (name, run) => {
    try {
      const printed = await run();
      for (const line of printed ?? []) log(`${where}: ${line}`);
      outcome.passed += 1;
    } catch (error) {
      outcome.failed += 1;
      log(`FAILED ${where}: ${name}\n${String(error.stack).replace(/^/gm, '    ')}`);
    }
  };
  const skip = (name, why) => outcome.skipped.push({ name: `${where}: ${name}`, why });
  try {
    const page = await browser.open(server.url('/blank.html'));
    const jspi = await page.evaluate(() => 'Suspending' in WebAssembly);
    await parallelTests({ page, test, skip, jspi });
    // Reloads cost a start of Pyodide each, and nothing of Memory depends on isolation.
    if (!isolated) await memoryTests({ page, test, skip, jspi });
  } finally {
    await browser.reset();
    await server.close();
  }
  return outcome;
}

async function parallelTests({ page, test, skip, jspi }) {
  const source = await read('parallel.py');
  await startPyodide(page, { 'parallel.py': source });
  const names = Array.from(source.matchAll(/^def (test_\w+)/gm), ([, name]) => name);
  if (!jspi) skip(`Parallel on workers, ${names.length} tests`, NO_JSPI);
  for (const name of jspi ? names : [])
    await test(name, async () => (await python(page, `${name}()`)).printed);
  await test('sequential, with one warning, where Python cannot wait', async () => {
    const { value } = await python(page, 'sequential_with_one_warning()', { waits: false });
    assert.equal(value.length, 1, value);
    assert.match(value[0], /Parallel runs sequentially/);
    assert.match(value[0], jspi ? /runPythonAsync/ : /no JavaScript Promise Integration/);
  });
  await test('a wrong worker_url is told and run sequentially', async () => {
    const code = `
import joblite
joblite.shutdown()
joblite.register(n_workers=0, worker_url='/nowhere.js')
sequential_with_one_warning()`;
    const { value } = await python(page, code);
    assert.equal(value.length, 1, value);
    assert.match(value[0], jspi ? /worker_url.*nowhere\.js/s : /no JavaScript Promise/);
  });
  if (!jspi) return skip('worker_url starts the workers from a file', NO_JSPI);
  await test('worker_url starts the workers from a file', async () => {
    const code = `
joblite.shutdown()
joblite.register(n_workers=0, worker_url='/pyodide.worker.js')
test_every_name_for_processes_is_the_pool()
joblite.shutdown()`;
    await python(page, code);
  });
}

/** Cached once, found after a reload; also without JSPI, after `await joblite.start()`. */
async function memoryTests({ page, test, skip, jspi }) {
  const source = await read('memory.py');
  const visit = async (code, options) => {
    await page.reload();
    await startPyodide(page, { 'memory.py': source });
    return python(page, code, options);
  };
  const told = ({ value }, expected) => {
    assert.deepEqual([value.local.ran, value.indexeddb.ran], expected);
    return value;
  };
  const SAVED = 'told = visit()\nawait joblite.flush()\ntold';
  const AHEAD = 'await joblite.start(0)';

  await test('Memory: once for each argument, and after a reload not at all', async () => {
    const first = told(await visit(SAVED), [2, 2]);
    const second = told(await visit(jspi ? SAVED : `${AHEAD}\n${SAVED}`), [0, 0]);
    const show = (name) =>
      `Memory, ${name}: miss ${first[name].ms} ms, hit after a reload ${second[name].ms} ms`;
    return [show('local'), show('indexeddb')];
  });
  await test('Memory: where Python cannot wait, start() loads ahead', async () => {
    await visit(AHEAD);
    told(await python(page, 'visit()', { waits: false }), [0, 0]);
  });
  await test('Memory: where Python cannot wait and nothing is loaded, it computes', async () => {
    await page.reload();
    await startPyodide(page);
    // As a page does that knows only `runPython`.
    await python(page, source, { waits: false });
    told(await python(page, 'visit()', { waits: false }), [2, 2]);
  });
  await test('Memory: removing the folder empties the cache', async () => {
    const { value } = await visit(`${AHEAD}\nremove_folder()`);
    assert.deepEqual(value, [true, 1]);
  });
  if (!jspi) return skip('Memory: workers and page share the cache', NO_JSPI);
  await test('Memory: workers and page share the cache', async () => {
    return (await visit('shared_with_workers()')).printed;
  });
}
