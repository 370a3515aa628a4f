// Runs README's Python in Pyodide, in a page of Chromium, with the built wheel.

import { deepEqual } from 'node:assert/strict';
import { launch } from '../drivers/browser.mjs';
import { python, serveNotebook, startPyodide } from '../py/browser/notebook.mjs';

/** @param {ReturnType<import('./snippets.mjs').snippetsOf>} snippets each is a notebook of its own */
export async function runPython(root, snippets) {
  const server = await serveNotebook(root, { isolated: false });
  const browser = await launch('chromium');
  try {
    for (const { code, prints } of snippets) {
      const page = await browser.open(server.url('/blank.html'));
      await startPyodide(page);
      const { printed } = await python(page, code);
      deepEqual(printed, prints);
      await browser.reset();
    }
  } finally {
    await browser.close();
    await server.close();
  }
}
