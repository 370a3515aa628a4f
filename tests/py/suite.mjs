// The Python package: pytest in plain CPython, then Pyodide in real browsers. Words of `only` choose
// parts: cpython, chromium, firefox, webkitgtk.

import { engineNames, launch } from '../drivers/browser.mjs';
import { runInBrowser } from './browser/tests.mjs';
import { runInCPython } from './cpython.mjs';
import { runInJupyterLite } from './jupyterlite/tests.mjs';

export default {
  name: 'py',
  about: 'the Python package in CPython, and in Pyodide in three browsers and in JupyterLite',

  async run({ root, log = console.log, only }) {
    const words = [only ?? []].flat().flatMap((word) => word.split(','));
    const chosen = (name) => words.length === 0 || words.includes(name);
    const total = { passed: 0, failed: 0, skipped: [] };
    const add = (part, { passed, failed, skipped }) => {
      total.passed += passed;
      total.failed += failed;
      total.skipped.push(...skipped);
      log(`${part}: ${passed} passed, ${failed} failed, ${skipped.length} skipped`);
    };
    if (chosen('cpython')) add('cpython', await runInCPython(root));
    for (const engine of engineNames.filter(chosen)) {
      const browser = await launch(engine);
      try {
        for (const isolated of [false, true]) {
          const part = `${engine}, ${isolated ? 'isolated' : 'not isolated'}`;
          add(part, await runInBrowser({ root, browser, engine, isolated, log }));
        }
        if (engine === 'chromium')
          add('JupyterLite', await runInJupyterLite({ root, browser, engine, log }));
      } finally {
        await browser.close();
      }
    }
    return total;
  },
};
