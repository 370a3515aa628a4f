// The demo's own figures, with its default settings: sequentially, on two workers, and from the cache
// after a reload. `node tests/bench/demo.mjs [chromium] [firefox] [webkitgtk]`, after `npm run build`.
// Prints what the page says; nothing here fails. With `--picture FILE` also writes README's picture.

import { parseArgs } from 'node:util';
import { buildDemo, serveDemo } from '../../www/serve.mjs';
import { engineNames, launch } from '../drivers/browser.mjs';

const LIMIT_MS = 300_000;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { picture: { type: 'string' } },
});

await buildDemo();
const server = await serveDemo();
try {
  for (const engine of positionals.length > 0 ? positionals : engineNames) {
    const browser = await launch(engine);
    try {
      await measure(engine, await browser.open(server.url));
    } finally {
      await browser.close();
    }
  }
} finally {
  await server.close();
}

async function measure(engine, page) {
  // One script that waits in the page: a new one for every look would take a core from the workers.
  const reaches = (state) =>
    page.evaluate(
      async (wanted) => {
        while (document.querySelector('#page')?.dataset.state !== wanted)
          await new Promise((resolve) => setTimeout(resolve, 250));
      },
      state,
      { limitMs: LIMIT_MS },
    );
  const figure = (name) => page.text(`#figure-${name}`);
  await page.resize({ width: 1200, height: 1150 });
  await reaches('idle');
  await page.click('#run');
  await reaches('done');
  const first = await figure('answer');
  if (values.picture && engine === 'chromium') await page.screenshot(values.picture);
  await page.click('#compare');
  await page.evaluate(
    async () => {
      const text = (name) => document.querySelector(`#figure-${name}`).textContent;
      while (
        !/\d/.test(text('sequential')) ||
        document.querySelector('#page').dataset.state !== 'done'
      )
        await new Promise((resolve) => setTimeout(resolve, 250));
    },
    undefined,
    { limitMs: LIMIT_MS },
  );
  const sequential = await figure('sequential');
  const parallel = await figure('parallel');
  const share = await page.text('#figure-parallel-note');
  await page.reload();
  await reaches('done');
  const reloaded = await figure('answer');
  console.log(
    `${engine}: sequential ${sequential}, parallel ${parallel} (${share}); first ${first}, after a reload ${reloaded}`,
  );
}
