// Where a measurement runs: Node itself, or a page of a browser. Both are told from here what to run,
// one run at a time, so that runs of several places and of Python can take turns.

import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { serveTests } from '../browser/runner/pages.mjs';
import { launch } from '../drivers/browser.mjs';
import { internals } from '../fixtures/internals.mjs';

/** Longest run: a page that compresses 100 MB. */
const LIMIT_MS = 900_000;

/**
 * Opens a place. `module`, a file of this folder, exports `subjects`: by name, functions that are given
 * what src/ts/values exports and `joblite`, the package, and give functions to be timed, by name.
 *
 * @param {'node' | 'chromium' | 'firefox' | 'webkitgtk'} name
 * @returns {Promise<{ prepare(subject: string): Promise<void>, time(run: string): Promise<number>,
 *   close(): Promise<void> }>}
 */
export async function openPlace(name, root, module) {
  const values = await internals(root);
  const bundle = join(root, 'tests/.cache', basename(module));
  await build({
    entryPoints: [join(import.meta.dirname, module)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    outfile: bundle,
    logLevel: 'error',
    // object-hash asks for them and does without.
    external: ['joblite', 'crypto', 'stream'],
  });
  return name === 'node'
    ? inNode(values, pathToFileURL(bundle).href)
    : inBrowser(name, root, `/tests/.cache/${basename(module)}`);
}

async function inNode(values, url) {
  const [{ subjects }, joblite] = await Promise.all([import(url), import('joblite')]);
  let runs;
  return {
    async prepare(subject) {
      runs = await subjects[subject]({ ...values, joblite });
    },
    async time(run) {
      const start = performance.now();
      const result = runs[run]();
      if (result instanceof Promise) await result;
      return performance.now() - start;
    },
    async close() {},
  };
}

async function inBrowser(engine, root, url) {
  const server = await serveTests(root, { isolated: true });
  const browser = await launch(engine);
  const page = await browser.open(server.url('/blank.html'));
  return {
    prepare: (subject) => page.evaluate(prepareInPage, { url, subject }, { limitMs: LIMIT_MS }),
    time: (run) => page.evaluate(timeInPage, run, { limitMs: LIMIT_MS }),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

async function prepareInPage({ url, subject }) {
  const values = await import('/tests/.cache/values.mjs');
  values.setWasmUrl('/dist/joblite.wasm');
  const [{ subjects }, joblite] = await Promise.all([import(url), import('joblite')]);
  globalThis.runs = await subjects[subject]({
    ...values,
    engine: await values.loadEngine(),
    joblite,
  });
}

async function timeInPage(run) {
  const start = performance.now();
  const result = globalThis.runs[run]();
  if (result instanceof Promise) await result;
  return performance.now() - start;
}
