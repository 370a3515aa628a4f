// The package survives a reload of its page, and the driver sees what a page says.

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
];
