// A page with Pyodide and joblite's wheel, as a notebook has it, driven from Node.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonEnvironment } from '../../../src/build/python.mjs';
import { run } from '../../../src/build/run.mjs';
import { serve } from '../../drivers/server.mjs';

/** Pyodide's start on a busy machine. */
const START_LIMIT_MS = 120_000;

const BLANK = '<!doctype html><html lang="en"><meta charset="utf-8"><title>notebook</title></html>';

/**
 * Serves Pyodide of npm, the wheel of dist/ and joblib with cloudpickle as the test environment has
 * them: everything that a page fetches.
 */
export async function serveNotebook(root, options = {}) {
  const wheel = (await readdir(join(root, 'dist'))).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new Error('the wheel is missing: "npm run build" makes it');
  const folder = await mkdtemp(join(tmpdir(), 'joblite-py-'));
  const { python } = await pythonEnvironment();
  await run(python, [join(import.meta.dirname, 'pack.py'), join(folder, 'packages.zip')]);
  const server = await serve({
    ...options,
    mounts: {
      '/blank.html': { body: BLANK },
      '/pyodide/': join(root, 'node_modules/pyodide'),
      '/packages.zip': join(folder, 'packages.zip'),
      '/joblite.whl': join(root, 'dist', wheel),
      '/pyodide.worker.js': join(root, 'dist/workers/pyodide.worker.js'),
      ...options.mounts,
    },
  });
  return {
    ...server,
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts Pyodide in the page with the wheel unpacked, and runs `files`, Python texts, in it. */
export async function startPyodide(page, files = {}) {
  await page.evaluate(boot, { files }, { limitMs: START_LIMIT_MS });
}

/**
 * Runs Python code and gives the value of its last expression, through JSON; `print` goes to `printed`.
 * With `waits` it runs where Python can wait, by `runPythonAsync`; else by `runPython`.
 */
export function python(page, code, { waits = true, limitMs = START_LIMIT_MS } = {}) {
  return page.evaluate(execute, { code, waits }, { limitMs });
}

// The next two run in the page.

async function boot({ files }) {
  const { loadPyodide } = await import('/pyodide/pyodide.mjs');
  const printed = [];
  const print = (line) => printed.push(line);
  const pyodide = await loadPyodide({ indexURL: '/pyodide/', stdout: print, stderr: print });
  const site = pyodide.runPython('import site; site.getsitepackages()[0]');
  for (const url of ['/packages.zip', '/joblite.whl']) {
    const archive = await (await fetch(url)).arrayBuffer();
    pyodide.unpackArchive(archive, 'zip', { extractDir: site });
  }
  pyodide.runPython('import importlib; importlib.invalidate_caches()');
  globalThis.pyodide = pyodide;
  globalThis.printed = printed;
  for (const [name, text] of Object.entries(files)) {
    await pyodide.runPythonAsync(text, { filename: name });
  }
}

async function execute({ code, waits }) {
  const { pyodide, printed } = globalThis;
  const run = waits ? 'runPythonAsync' : 'runPython';
  const value = await pyodide[run](code);
  const plain = value?.toJs ? value.toJs({ dict_converter: Object.fromEntries }) : value;
  value?.destroy?.();
  return { value: plain ?? null, printed: printed.splice(0) };
}
