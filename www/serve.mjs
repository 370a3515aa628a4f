/**
 * Builds the demo page and serves it on localhost: what `npm start` calls, after the package itself
 * has been built. Not a server for production.
 *
 *   node www/serve.mjs [--port 4173] [--no-isolation] [--no-build]
 *
 * With --no-isolation the two headers COOP and COEP are not sent, as on most hosts.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build, preview } from 'vite';

const configFile = join(import.meta.dirname, 'vite.config.ts');

/** Builds www/ into www/dist. */
export async function buildDemo() {
  if (!existsSync(join(import.meta.dirname, '..', 'dist', 'index.js'))) {
    throw new Error('joblite itself is not built yet: run `npm run build` first.');
  }
  await build({ configFile, logLevel: 'error' });
}

/**
 * Serves www/dist.
 *
 * @param {{ port?: number, isolated?: boolean }} options a port that is
 *   taken gives the next free one; 0 gives any
 * @returns {Promise<{ url: string, close(): Promise<void> }>}
 */
export async function serveDemo({ port = 0, isolated = true } = {}) {
  const server = await preview({
    configFile,
    mode: isolated ? 'production' : 'plain',
    logLevel: 'warn',
    preview: { port, host: 'localhost' },
  });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('The demo server did not start: no local address.');
  return { url, close: () => server.close() };
}

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4173' },
      'no-isolation': { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
    },
  });
  if (!values['no-build']) await buildDemo();
  const isolated = !values['no-isolation'];
  const { url } = await serveDemo({ port: Number(values.port), isolated });
  console.log(`joblite demo: ${url}`);
  console.log(
    isolated ? 'cross-origin isolated; --no-isolation serves it without' : 'without COOP and COEP',
  );
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
