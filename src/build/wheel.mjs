// The Python package: dist/joblite-VERSION-py3-none-any.whl, by hatchling from a copy of src/py that
// also holds what is built (the JavaScript and the wasm that the page and its workers run) and the
// licences. Equal sources give an equal wheel.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { at, root } from './places.mjs';
import { pythonEnvironment } from './python.mjs';
import { run, Stop } from './run.mjs';

export async function buildWheel(log) {
  if (!existsSync(at('dist/joblite.wasm')))
    throw new Stop('dist/joblite.wasm is missing: run npm run build first');
  const { python } = await pythonEnvironment(log);
  checkVersion();
  const stage = at('target/wheel');
  rmSync(stage, { recursive: true, force: true });
  const web = join(stage, 'joblite/_web');
  cpSync(at('src/py'), stage, { recursive: true, filter: isSource });
  mkdirSync(web, { recursive: true });
  cpSync(at('dist/joblite.wasm'), join(web, 'joblite.wasm'));
  await bundle(web);
  for (const name of ['LICENSE', 'THIRD-PARTY-NOTICES.md']) cpSync(at(name), join(stage, name));

  for (const name of readdirSync(at('dist'))) if (name.endsWith('.whl')) rmSync(at('dist', name));
  // An archive's times are part of its bytes; a fixed one makes equal sources give equal wheels.
  await run(python, ['-m', 'hatchling', 'build', '-t', 'wheel', '-d', at('dist')], {
    cwd: stage,
    env: { SOURCE_DATE_EPOCH: '1577836800' },
  });
}

const isSource = (path) => !/(__pycache__|_cache)$/.test(path);

async function bundle(web) {
  const esbuild = await import('esbuild');
  const options = {
    absWorkingDir: root,
    bundle: true,
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  };
  await esbuild.build({
    ...options,
    entryPoints: ['src/ts/pyodide/bridge.ts'],
    outfile: join(web, 'bridge.js'),
    format: 'iife',
    globalName: 'jobliteBundle',
    // The value of the script, which is what Python's `run_js` gives.
    footer: { js: 'jobliteBundle.web' },
    // A text that is evaluated has no URL; the engine is handed over by `setEngine`.
    define: { 'import.meta.url': '"joblite.whl"' },
  });
  await esbuild.build({
    ...options,
    entryPoints: ['src/ts/workers/pyodide.worker.ts'],
    outfile: join(web, 'pyodide.worker.js'),
    format: 'esm',
  });
}

function checkVersion() {
  const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  const found = readFileSync(at('src/py/pyproject.toml'), 'utf8').match(/^version = "(.+)"$/m)?.[1];
  if (found !== version)
    throw new Stop(
      `src/py/pyproject.toml has version ${found}, package.json ${version}: make them equal`,
    );
}
