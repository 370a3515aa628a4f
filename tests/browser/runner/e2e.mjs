// Runs the tests that drive a browser from outside: reloads, several tabs, killed processes, blocked
// storage. A file exports `[{ name, async run({ browser, serve, engine, expect, skip, launch, folder }) {} }]`.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { launch } from '../../drivers/browser.mjs';
import { within } from '../../drivers/processes.mjs';
import { serveTests } from './pages.mjs';

const TEST_LIMIT_MS = 120_000;

class Skipped extends Error {}

/** Runs the tests of one file; `useBrowser()` gives a browser that answers, `dropBrowser()` ends it. */
export async function runEndToEnd({ root, engine, file, useBrowser, dropBrowser, report }) {
  const { default: tests } = await import(pathToFileURL(file).href);
  if (!tests?.length) throw new Error(`${file} exports no tests`);
  for (const test of tests) {
    const ends = [];
    const browser = await useBrowser();
    const context = {
      root,
      engine,
      browser,
      expect,
      /** A server of the test pages; `/blank.html` holds the import map. */
      async serve(options) {
        const server = await serveTests(root, options);
        ends.push(() => server.close());
        return server;
      },
      /** A further browser of the same engine, e.g. with a `profile` folder; see drivers/browser.mjs. */
      async launch(options) {
        const launched = await launch(engine, options);
        ends.push(() => launched.close());
        return launched;
      },
      /** An empty folder that goes with the test. */
      async folder() {
        const path = await mkdtemp(join(tmpdir(), 'joblite-e2e-'));
        ends.push(() => rm(path, { recursive: true, force: true, maxRetries: 5 }));
        return path;
      },
      skip(why) {
        throw new Skipped(why);
      },
    };
    let outcome;
    try {
      await within(TEST_LIMIT_MS, `${engine}: ${test.name}`, test.run(context));
      outcome = { state: 'passed' };
    } catch (error) {
      outcome =
        error instanceof Skipped
          ? { state: 'skipped', why: error.message }
          : { state: 'failed', why: await describeFailure(error, browser) };
    }
    for (const end of ends.reverse()) await end().catch(() => {});
    if (outcome.state === 'failed' || browser.ended) await dropBrowser();
    else await browser.reset();
    report({ title: test.name, ...outcome });
  }
}

async function describeFailure(error, browser) {
  const lines = [error.stack ?? String(error)];
  for (let cause = error.cause; cause; cause = cause.cause)
    lines.push(`cause: ${cause.stack ?? cause}`);
  const messages = browser.ended ? [] : await browser.messages().catch(() => []);
  for (const { level, text } of messages) if (level === 'error') lines.push(`console: ${text}`);
  return lines.join('\n');
}
