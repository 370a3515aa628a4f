// The demo page as `npm start` serves it, used as a person uses it, in three engines, cross-origin
// isolated and not. It checks answers and behaviour, never times.

import { buildDemo, serveDemo } from '../../www/serve.mjs';
import { engineNames, launch } from '../drivers/browser.mjs';
import { steps } from './steps.mjs';

export default {
  name: 'demo',
  about: 'the demo page in Chromium, Firefox and WebKitGTK, cross-origin isolated and not',

  async run({ log = console.log, only }) {
    const total = { passed: 0, failed: 0, skipped: [] };
    const words = [only ?? []].flat().flatMap((word) => word.split(','));
    const chosen = engineNames.filter((engine) => words.length === 0 || words.includes(engine));

    await buildDemo();
    /** The table's text by engine: the numbers are the same everywhere, to the last digit shown. */
    const tables = new Map();
    for (const engine of chosen) {
      for (const isolated of [true, false]) {
        await runEngine({ engine, isolated, log, total, tables });
      }
    }
    if (tables.size > 1) {
      const agree = new Set(tables.values()).size === 1;
      total[agree ? 'passed' : 'failed'] += 1;
      if (!agree) log(`FAILED the numbers differ between ${[...tables.keys()].join(', ')}`);
    }
    return total;
  },
};

async function runEngine({ engine, isolated, log, total, tables }) {
  const where = `${engine}, ${isolated ? 'isolated' : 'not isolated'}`;
  const server = await serveDemo({ isolated });
  const browser = await launch(engine);
  try {
    const page = await browser.open(`${server.url}?resamples=300`);
    for (const { name, run } of steps) {
      try {
        const skipped = await run({ page, browser, engine, isolated, tables });
        if (skipped) total.skipped.push({ name: `${where}: ${name}`, why: skipped });
        else total.passed += 1;
      } catch (error) {
        total.failed += 1;
        const status = await page.text('#status').catch(() => 'unknown');
        log(`FAILED ${where}: ${name}\n    ${error.stack}\n    the page's status: ${status}`);
      }
    }
  } finally {
    await browser.close();
    await server.close();
  }
  log(`${where}: done`);
}
