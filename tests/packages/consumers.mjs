// The consumers that run in a browser: how each project is made, built and served. The bundlers are
// the repository's own development dependencies; the projects hold nothing but joblite and themselves.

import { createHash } from 'node:crypto';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { rollup } from 'rollup';
import { build, createServer } from 'vite';
import webpack from 'webpack';
import { serve } from '../drivers/server.mjs';

const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * Each consumer: `make(packed)` gives `{ serve({ isolated, csp }) }`, whose answer has `url` and `close()`.
 * `firefox`: opened there too.
 */
export const CONSUMERS = [
  {
    name: 'plain page, import map',
    firefox: true,
    async make(packed) {
      const path = await packed.project('plain', [['.', 'plain']]);
      // An import map stands in the page itself, so a policy without 'unsafe-inline' names its hash.
      const [, map] = /<script type="importmap">(.*?)<\/script>/s.exec(
        await readFile(join(path, 'index.html'), 'utf8'),
      );
      const hash = `'sha256-${createHash('sha256').update(map).digest('base64')}'`;
      return served(path, (csp) => csp.replace('script-src', `script-src ${hash}`));
    },
  },
  {
    name: 'Vite build',
    firefox: true,
    async make(packed) {
      const path = await packed.project('vite-build', [
        ['src', 'program'],
        ['src', 'vite'],
        ['.', 'vite'],
      ]);
      await build({ root: path, configFile: false, logLevel: 'warn' });
      return served(join(path, 'dist'));
    },
  },
  { name: 'Vite dev server, no configuration', make: (packed) => viteDev(packed, 'vite-dev', {}) },
  {
    name: 'Vite dev server, optimizeDeps.exclude',
    make: (packed) =>
      viteDev(packed, 'vite-dev-exclude', { optimizeDeps: { exclude: ['joblite'] } }),
  },
  {
    name: 'webpack',
    async make(packed) {
      const path = await packed.project('webpack', [
        ['src', 'program'],
        ['src', 'webpack'],
        ['dist', 'webpack'],
      ]);
      const stats = await promisify(webpack)({
        context: path,
        mode: 'production',
        entry: './src/main.ts',
        output: { path: join(path, 'dist'), filename: 'main.js' },
        performance: { hints: false }, // joblite.wasm exceeds what webpack advises for an asset
        module: {
          rules: [
            {
              test: /\.ts$/,
              loader: fileURLToPath(new URL('./typescript-loader.cjs', import.meta.url)),
            },
          ],
        },
      });
      // A warning counts: a consumer would see it at every build.
      if (stats.hasErrors() || stats.hasWarnings())
        throw new Error(stats.toString('errors-warnings'));
      return served(join(path, 'dist'));
    },
  },
  {
    name: 'Rollup',
    async make(packed) {
      const path = await packed.project('rollup', [
        ['src', 'program'],
        ['src', 'rollup'],
        ['dist', 'rollup'],
      ]);
      const warnings = [];
      const bundle = await rollup({
        input: {
          main: join(path, 'src/main.ts'),
          'tasks.worker': join(path, 'src/tasks.worker.ts'),
        },
        plugins: [typescript(), packages(path)],
        onwarn: (warning) => warnings.push(warning.message),
      });
      await bundle.write({ dir: join(path, 'dist'), format: 'es', chunkFileNames: '[name].js' });
      await bundle.close();
      if (warnings.length > 0) throw new Error(warnings.join('\n'));
      // Rollup leaves `new URL('./x', import.meta.url)` as it is: the files go beside the chunk.
      const from = join(path, 'node_modules/joblite/dist');
      for (const name of await readdir(from)) {
        if (name === 'workers' || name.endsWith('.wasm'))
          await cp(join(from, name), join(path, 'dist', name), { recursive: true });
      }
      return served(join(path, 'dist'));
    },
  },
];

/** Built files on a static server. */
function served(path, policy = (csp) => csp) {
  return {
    async serve({ isolated, csp }) {
      const server = await serve({ mounts: { '/': path }, isolated, csp: csp && policy(csp) });
      return { url: server.url('/index.html'), close: () => server.close() };
    },
  };
}

async function viteDev(packed, name, config) {
  const path = await packed.project(name, [
    ['src', 'program'],
    ['src', 'vite'],
    ['.', 'vite'],
  ]);
  return {
    async serve({ isolated, csp }) {
      const headers = {
        ...(isolated && ISOLATION),
        ...(csp && { 'Content-Security-Policy': csp }),
      };
      const server = await createServer({
        ...config,
        root: path,
        configFile: false,
        logLevel: 'warn',
        server: { host: '127.0.0.1', port: 0, headers },
      });
      await server.listen();
      return {
        url: server.resolvedUrls.local[0].replace('127.0.0.1', 'localhost'),
        close: () => server.close(),
      };
    },
  };
}

/** What a TypeScript plugin does for Rollup, in its shortest form. */
function typescript() {
  return {
    name: 'typescript',
    async transform(code, id) {
      if (!id.endsWith('.ts')) return null;
      return { code: (await transform(code, { loader: 'ts' })).code, map: null };
    },
  };
}

/** What @rollup/plugin-node-resolve does for a package with `exports`, in its shortest form. */
function packages(path) {
  const manifest = readFile(join(path, 'node_modules/joblite/package.json'), 'utf8').then(
    JSON.parse,
  );
  return {
    name: 'packages',
    async resolveId(source) {
      if (source !== 'joblite' && !source.startsWith('joblite/')) return null;
      const { exports } = await manifest;
      return join(path, 'node_modules/joblite', exports[source.replace('joblite', '.')].default);
    },
  };
}
