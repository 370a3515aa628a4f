// `npm run build [-- --only core|codecs|threads|ts|wheel]`: makes dist/, prints its sizes and stops when one
// is over its limit.

import { existsSync } from 'node:fs';

import { at } from './places.mjs';
import { asCommand, Stop } from './run.mjs';
import { setup } from './setup.mjs';

/** Each part with the parts of set-up it needs; in the order in which they build on one another. */
const PARTS = {
  core: {
    needs: ['packages', 'wasm'],
    make: async (log) => (await import('./wasm.mjs')).buildModule('core', log),
  },
  codecs: {
    needs: ['packages', 'wasm'],
    make: async (log) => (await import('./wasm.mjs')).buildModule('codecs', log),
  },
  threads: {
    needs: ['packages', 'wasm'],
    make: async (log) => (await import('./wasm.mjs')).buildModule('threads', log),
  },
  ts: {
    needs: ['packages'],
    make: async (log) => (await import('./typescript.mjs')).buildTypeScript(log),
  },
  wheel: { needs: ['python'], make: async (log) => (await import('./wheel.mjs')).buildWheel(log) },
};

/** @param {(keyof typeof PARTS)[]} [only] */
export async function build(only, log = console.log) {
  const parts = Object.keys(PARTS).filter(
    (part) =>
      (!only?.length || only.includes(part)) &&
      (part !== 'wheel' || existsSync(at('src/py/pyproject.toml'))),
  );
  await setup(
    [...new Set(parts.flatMap((part) => PARTS[part].needs))],
    only?.length ? () => {} : log,
  );
  for (const part of parts) {
    const started = performance.now();
    await PARTS[part].make(log);
    log(`built ${part} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  const { checkDist } = await import('./dist.mjs');
  checkDist(log);
}

await asCommand(import.meta.url, async (args) => {
  const only = args
    .filter((arg) => arg !== '--only')
    .flatMap((arg) => arg.replace('--only=', '').split(','));
  const unknown = only.find((part) => !(part in PARTS));
  if (unknown)
    throw new Stop(
      `there is no part ${unknown} to build; the parts are ${Object.keys(PARTS).join(', ')}`,
    );
  await build(only);
});
