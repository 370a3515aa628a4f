// From src/ts to dist/: one bundle for each entry, and the declarations.
//
// Entries are index.ts, files.ts, store-conformance.ts, worker.ts and each file of workers/. Workers and wasm are reached from them by
// `new URL('./x', import.meta.url)`, which the bundler leaves alone and users' bundlers follow.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { buildDeclarations } from './declarations.mjs';
import { markOpaqueImports } from './import-comments.mjs';
import { at, root } from './places.mjs';
import { Stop } from './run.mjs';

export async function buildTypeScript() {
  for (const name of ['joblite', 'joblite_codecs', 'joblite_threads']) {
    if (!existsSync(at('src/ts/generated', `${name}.js`)))
      throw new Stop(`the glue of ${name}.wasm is missing: run npm run build first`);
  }
  mkdirSync(at('dist'), { recursive: true });
  await Promise.all([bundle(), buildDeclarations()]);
}

function workers() {
  return readdirSync(at('src/ts/workers'))
    .filter((name) => name.endsWith('.worker.ts'))
    .map((name) => `workers/${name.slice(0, -3)}`);
}

async function bundle() {
  const esbuild = await import('esbuild');
  const helper = threadHelper();
  const options = {
    absWorkingDir: root,
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: true,
    write: false,
    // A plain page has no bundler of its own that would; the source maps keep it readable.
    minify: true,
    legalComments: 'none',
    plugins: [helper.plugin],
    logLevel: 'warning',
    define: { POOL_WORKER_SOURCE: JSON.stringify(await poolWorkerSource(esbuild)) },
  };
  const named = (names) => Object.fromEntries(names.map((name) => [name, `src/ts/${name}.ts`]));
  // What the package imports only when it is needed goes into files of their own. Beside index.js,
  // because they may hold URLs relative to it.
  const library = await esbuild.build({
    ...options,
    entryPoints: named(['index', 'files', 'store-conformance']),
    splitting: true,
    chunkNames: '[name]-[hash]',
  });
  // A worker is one file: Vite up to 7 builds no worker that imports another one later.
  const above = wasmAbove();
  const single = await esbuild.build({
    ...options,
    plugins: [...options.plugins, above.plugin],
    entryPoints: named(['worker', ...workers()]),
  });
  if (above.replaced < 2)
    throw new Stop(
      'the URLs of the wasm modules have changed: mend wasmAbove in src/build/typescript.mjs',
    );
  if (helper.replaced === 0)
    throw new Stop(
      'the glue no longer imports a worker helper of wasm-bindgen-rayon: mend threadHelper in src/build/typescript.mjs',
    );
  writeBundles([...library.outputFiles, ...single.outputFiles]);
}

/** Writes each script with its source map. `src/ts/opaque-import.ts` must have left its mark in them. */
function writeBundles(files) {
  for (const name of readdirSync(at('dist'), { recursive: true }))
    if (/\.js(\.map)?$/.test(name)) rmSync(at('dist', name));
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  let count = 0;
  for (const path of [...texts.keys()].filter((path) => path.endsWith('.js'))) {
    const marked = markOpaqueImports(texts.get(path), texts.get(`${path}.map`));
    count += marked.count;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, marked.code);
    writeFileSync(`${path}.map`, marked.map);
  }
  if (count === 0)
    throw new Stop(
      'no import() of an expression is left in dist/: mend src/build/import-comments.mjs',
    );
}

/** Puts our own starter of threads where the generated glue imports that of wasm-bindgen-rayon. */
function threadHelper() {
  const helper = {
    replaced: 0,
    plugin: {
      name: 'thread-helper',
      setup(build) {
        build.onResolve({ filter: /\/wasm-bindgen-rayon-[0-9a-f]+\/.*\.js$/ }, () => {
          helper.replaced++;
          return { path: at('src/ts/workers/rayon-start.ts') };
        });
      },
    },
  };
  return helper;
}

/** Workers lie in a folder of their own: from there the wasm modules are one up, and users' bundlers look. */
function wasmAbove() {
  const above = {
    replaced: 0,
    plugin: {
      name: 'wasm-above',
      setup(build) {
        build.onLoad({ filter: /src\/ts\/(wasm|codecs-glue)\.ts$/ }, ({ path }) => {
          const text = readFileSync(path, 'utf8');
          const contents = text.replaceAll(/new URL\('\.\/(?=\w+\.wasm')/g, "new URL('../");
          if (contents !== text) above.replaced++;
          return { contents, loader: 'ts' };
        });
      },
    },
  };
  return above;
}

/** joblite's own worker as text, for where its file cannot be reached: src/ts/parallel/own-worker.ts. */
async function poolWorkerSource(esbuild) {
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/ts/workers/pool.worker.ts'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    legalComments: 'none',
  });
  return result.outputFiles[0].text;
}
