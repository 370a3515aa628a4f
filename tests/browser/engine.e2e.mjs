// The package survives a reload of its page, and the driver sees what a page says.

import { join } from 'node:path';

export default [
  {
    name: 'loads again after a reload and beside a second tab',
    async run({ browser, serve, expect }) {
      const server = await serve({ isolated: true });
      const page = await browser.open(server.url('/blank.html'));
      const names = () => page.evaluate(async () => Object.keys(await import('joblite')));
      const before = await names();
      expect(before).to.include('JobliteError');
      await page.reload();
      expect(await names()).to.deep.equal(before);
      const second = await browser.open(server.url('/blank.html'));
      expect(await second.evaluate(async () => Object.keys(await import('joblite')))).to.deep.equal(
        before,
      );
    },
  },
  {
    name: 'loads under a strict Content-Security-Policy',
    async run({ browser, serve, expect }) {
      const server = await serve({
        csp: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
      });
      const page = await browser.open(server.url('/blank.html'));
      const result = await page.evaluate(async () => {
        const { JobliteError } = await import('joblite');
        const module = await WebAssembly.compileStreaming(fetch('/dist/joblite.wasm'));
        let evaluated = true;
        try {
          // biome-ignore lint/security/noGlobalEval: the policy must forbid exactly this
          globalThis.eval('1');
        } catch {
          evaluated = false;
        }
        return {
          name: JobliteError.name,
          exports: WebAssembly.Module.exports(module).length,
          evaluated,
        };
      });
      expect(result.exports).to.be.greaterThan(0);
      expect(result.evaluated).to.equal(false);
    },
  },
  {
    name: "names the remedy where a dev server moved the package's script away from its wasm",
    async run({ browser, serve, root, expect }) {
      // As Vite 7 and older do: the script from a cache, and for any file that is not there the page.
      const cache = '/node_modules/.vite/deps/';
      const server = await serve({
        mounts: {
          [cache]: join(root, 'dist'),
          [`${cache}joblite.wasm`]: { body: '<!doctype html>', type: 'text/html' },
        },
      });
      const page = await browser.open(server.url('/blank.html'));
      const error = await page.evaluate(async (script) => {
        const { hash } = await import(script);
        return hash([1]).then(
          () => null,
          ({ code, message }) => ({ code, message }),
        );
      }, `${cache}index.js`);
      expect(error?.code).to.equal('NOT_INITIALIZED');
      expect(error.message).to.contain("optimizeDeps: { exclude: ['joblite'] }");
    },
  },
];
