// Builds README's JavaScript with Vite, importing the package by its name, and opens it in a browser.

import { deepEqual, ok } from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { launch } from '../drivers/browser.mjs';
import { serve } from '../drivers/server.mjs';

/** Collects what the page prints, as its console would show it. */
const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>README</title>
<script>
  globalThis.printed = [];
  globalThis.failed = [];
  addEventListener('error', ({ message }) => failed.push(message));
  addEventListener('unhandledrejection', ({ reason }) => failed.push(String(reason)));
  console.log = (...values) => printed.push(values.map((v) => typeof v === 'string' ? v : JSON.stringify(v)).join(' '));
</script>
<script type="module" src="./SCRIPT"></script>
</html>`;

/** @param {ReturnType<import('./snippets.mjs').snippetsOf>} snippets blocks, one a file */
export async function runJavaScript(root, snippets) {
  // Inside the repository, so that `joblite` is this package.
  const cache = join(root, 'tests/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'readme-'));
  try {
    for (const { file, line, code } of snippets) {
      ok(file, `the JavaScript of line ${line} does not begin with its file's name`);
      await writeFile(join(folder, file), code);
    }
    const pages = snippets.filter(({ prints }) => prints.length > 0);
    ok(pages.length > 0, 'no JavaScript of README says what it prints');
    for (const page of pages) await runPage(folder, page);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runPage(folder, { file, prints }) {
  await writeFile(join(folder, 'index.html'), PAGE.replace('SCRIPT', file));
  const outDir = join(folder, 'dist');
  await build({
    root: folder,
    configFile: false,
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, target: 'es2022' },
    worker: { format: 'es' },
  });
  const server = await serve({ mounts: { '/': `${outDir}/` } });
  const browser = await launch('chromium');
  try {
    const page = await browser.open(server.url('/index.html'));
    // Twice: the second visit is answered by the cache, with the same words.
    for (let visit = 0; visit < 2; visit += 1) {
      if (visit > 0) await page.reload();
      await page.waitFor(
        (count) => globalThis.printed.length >= count || globalThis.failed.length > 0,
        prints.length,
      );
      const told = await page.evaluate(() => ({
        printed: globalThis.printed,
        failed: globalThis.failed,
      }));
      deepEqual(told, { printed: prints, failed: [] });
    }
  } finally {
    await browser.close();
    await server.close();
  }
}
