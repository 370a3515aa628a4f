// The package's declarations: what the entries reach, and nothing else of src/ts.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { at, root } from './places.mjs';
import { run } from './run.mjs';

const ENTRIES = ['index.d.ts', 'files.d.ts', 'store-conformance.d.ts', 'worker.d.ts'];

/** From src/ts to dist/**.d.ts. */
export async function buildDeclarations() {
  for (const name of declared()) rmSync(at('dist', name));
  await run(at('node_modules/.bin/tsc'), ['-p', root], {
    show: true,
    stop: 'the TypeScript compiler found the errors above',
  });
  // The engine's type is the glue's; the compiler copies no declarations that it is given.
  mkdirSync(at('dist/generated'), { recursive: true });
  copyFileSync(at('src/ts/generated/joblite.d.ts'), at('dist/generated/joblite.d.ts'));
  const reached = new Set();
  for (const entry of ENTRIES) if (existsSync(at('dist', entry))) reach(entry, reached);
  for (const name of declared()) if (!reached.has(name)) rmSync(at('dist', name));
}

function declared() {
  return readdirSync(at('dist'), { recursive: true }).filter((name) => name.endsWith('.d.ts'));
}

function reach(name, reached) {
  if (reached.has(name) || !existsSync(at('dist', name))) return;
  reached.add(name);
  const text = readFileSync(at('dist', name), 'utf8');
  for (const [, specifier] of text.matchAll(/(?:from|import\(|import) ?["'](\.[^"']+)\.js["']/g))
    reach(join(dirname(name), `${specifier}.d.ts`), reached);
}
