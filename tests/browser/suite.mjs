// The browser suite: the same tests in Chromium, Firefox and WebKitGTK, against the built package.
// `*.test.js` runs inside a page, once cross-origin isolated and once not; `*.e2e.mjs` drives the
// browser from outside. Words of `only` that name an engine choose engines, other ones choose topics.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { engineNames, launch } from '../drivers/browser.mjs';
import { wordsOf } from '../drivers/words.mjs';
import { runEndToEnd } from './runner/e2e.mjs';
import { serveTests } from './runner/pages.mjs';

/** One file's tests together; each test has its own limit in the page. */
const FILE_LIMIT_MS = 180_000;

export default {
  name: 'browser',
  about: 'the built package in Chromium, Firefox and WebKitGTK, cross-origin isolated and not',

  async run({ root, log = console.log, only }) {
    if (!existsSync(join(root, 'dist/index.js')))
      throw new Error('dist/ is missing: "npm run build" makes it');
    const words = wordsOf(only);
    const engines = choose(engineNames, words);
    const folder = join(root, 'tests/browser');
    const files = (await readdir(folder))
      .filter((name) => /\.(test\.js|e2e\.mjs)$/.test(name))
      .sort();
    const topics = [...new Set(files.map((name) => name.split('.')[0]))];
    const unknown = words.filter((word) => !engineNames.includes(word) && !topics.includes(word));
    if (unknown.length > 0) {
      throw new RangeError(
        `no engine or topic ${unknown}; there are ${[...engineNames, ...topics].join(', ')}`,
      );
    }
    const chosen = files.filter((name) => choose(topics, words).includes(name.split('.')[0]));

    const total = { passed: 0, failed: 0, skipped: [] };
    for (const engine of engines)
      await runEngine({ root, engine, folder, files: chosen, log, total });
    return total;
  },
};

function choose(names, words) {
  const chosen = names.filter((name) => words.includes(name));
  return chosen.length > 0 ? chosen : names;
}

async function runEngine({ root, engine, folder, files, log, total }) {
  let browser;
  const useBrowser = async () => {
    browser ??= await launch(engine);
    return browser;
  };
  const dropBrowser = async () => {
    await browser?.close();
    browser = undefined;
  };
  const reporter =
    (where) =>
    ({ title, state, why }) => {
      if (state === 'skipped') total.skipped.push({ name: `${where}: ${title}`, why });
      else total[state] += 1;
      if (state === 'failed') log(`FAILED ${where}: ${title}\n${why.replace(/^/gm, '    ')}`);
    };
  /** Prints what a part of the run came to. */
  const part = async (name, run) => {
    const before = { passed: total.passed, failed: total.failed, skipped: total.skipped.length };
    const start = Date.now();
    await run();
    const count = { ...total, skipped: total.skipped.length };
    const figures = Object.keys(before).map((key) => `${count[key] - before[key]} ${key}`);
    log(`${engine} ${name}: ${figures.join(', ')} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  };

  try {
    const inPage = files.filter((name) => name.endsWith('.test.js'));
    for (const isolated of inPage.length > 0 ? [true, false] : []) {
      const mode = isolated ? 'isolated' : 'not isolated';
      const server = await serveTests(root, { isolated });
      await part(mode, async () => {
        for (const name of inPage) {
          const report = reporter(`${engine}, ${mode}, ${name}`);
          try {
            const page = await (await useBrowser()).open(
              server.url(`/mocha.html?engine=${engine}&isolated=${isolated}`),
            );
            const outcomes = await page.evaluate(runInPage, `/tests/browser/${name}`, {
              limitMs: FILE_LIMIT_MS,
            });
            if (outcomes.length === 0) throw new Error('the file holds no tests');
            outcomes.forEach(report);
            await browser.reset();
          } catch (error) {
            report({ title: 'the whole file', state: 'failed', why: error.stack });
            await dropBrowser();
          }
        }
      });
      await server.close();
    }
    const endToEnd = files.filter((name) => name.endsWith('.e2e.mjs'));
    if (endToEnd.length > 0) {
      await part('end to end', async () => {
        for (const name of endToEnd) {
          const report = reporter(`${engine}, ${name}`);
          try {
            await runEndToEnd({
              root,
              engine,
              file: join(folder, name),
              useBrowser,
              dropBrowser,
              report,
            });
          } catch (error) {
            report({ title: 'the whole file', state: 'failed', why: error.stack });
            await dropBrowser();
          }
        }
      });
    }
  } finally {
    await dropBrowser();
  }
}

/** Runs in the page. */
async function runInPage(file) {
  const { run } = await import('/tests/browser/runner/in-page.js');
  return run(file);
}
