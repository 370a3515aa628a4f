// What values cost against structuredClone: `node tests/bench/values.mjs [node] [chromium] [firefox]
// [webkitgtk]`, after `npm run build`. Prints medians; nothing here fails.

import { resolve } from 'node:path';
import { serveTests } from '../browser/runner/pages.mjs';
import { launch } from '../drivers/browser.mjs';
import { internals } from '../fixtures/internals.mjs';
import { measure } from './values-measure.js';

const ROUNDS = 9;
const root = resolve(import.meta.dirname, '../..');
// Also bundles what the page imports.
const values = await internals(root);
const places = process.argv.slice(2);

for (const place of places.length > 0 ? places : ['node', 'chromium']) {
  const figures = place === 'node' ? await measure(values, ROUNDS) : await inBrowser(place);
  console.log(place);
  for (const [name, figure] of Object.entries(figures))
    console.log(`  ${name.padEnd(52)} ${figure}`);
}

async function inBrowser(engine) {
  const server = await serveTests(root, { isolated: true });
  const browser = await launch(engine);
  try {
    const page = await browser.open(server.url('/blank.html'));
    const run = async (rounds) => {
      const values = await import('/tests/.cache/values.mjs');
      const { measure } = await import('/tests/bench/values-measure.js');
      values.setWasmUrl('/dist/joblite.wasm');
      return measure({ ...values, engine: await values.loadEngine() }, rounds);
    };
    return await page.evaluate(run, ROUNDS, { limitMs: 600_000 });
  } finally {
    await browser.close();
    await server.close();
  }
}
