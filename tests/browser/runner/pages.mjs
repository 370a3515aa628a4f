// What the browser tests are served: the built package as `joblite`, `joblite/files` and the like, chai, mocha,
// and the tests as they are.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { serve } from '../../drivers/server.mjs';

const IMPORT_MAP = JSON.stringify({
  imports: {
    joblite: '/dist/index.js',
    'joblite/files': '/dist/files.js',
    'joblite/store-conformance': '/dist/store-conformance.js',
    'joblite/worker': '/dist/worker.js',
    chai: '/node_modules/chai/index.js',
  },
});

const html = (head) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>joblite</title>` +
  `<script type="importmap">${IMPORT_MAP}</script>${head}</head><body></body></html>`;

/**
 * Serves the tests of the repository at `root`: `/blank.html` with an import map and nothing else,
 * `/mocha.html` with mocha too, `/dist/`, `/tests/`. A browser takes an import map only from the page
 * itself, so a `csp` that forbids inline scripts gets the hash of the map, as a real page would.
 */
export function serveTests(root, { isolated = false, csp, headers, mounts = {} } = {}) {
  const hash = `'sha256-${createHash('sha256').update(IMPORT_MAP).digest('base64')}'`;
  return serve({
    isolated,
    headers,
    csp: csp?.replace(/script-src /, `script-src ${hash} `),
    mounts: {
      '/blank.html': { body: html('') },
      '/mocha.html': { body: html('<script src="/node_modules/mocha/mocha.js"></script>') },
      '/dist/': join(root, 'dist'),
      '/tests/': join(root, 'tests'),
      '/node_modules/chai/': join(root, 'node_modules/chai'),
      '/node_modules/mocha/': join(root, 'node_modules/mocha'),
      ...mounts,
    },
  });
}
