// The threads of joblite_threads.wasm, through src/ts/threads.ts: they start where the platform has
// them, say why not where it has none, and no call stays pending. The module is not public, so it is
// bundled here and served beside the package's own files.

import { build } from 'esbuild';

const HEADERS = /Cross-Origin-Opener-Policy.*Cross-Origin-Embedder-Policy/;

/** Digests of the bytes 0, 1, ... 250, 0, 1, ...; the short ones are those of BLAKE3's own test vectors. */
const DIGESTS = {
  0: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
  1024: '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7',
  102400: 'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085',
  40000003: '9efded7af85324a47939e0baea8395aa0c0020a9d326d0043dd37e4575123c29',
};

/** A blank page beside `/dist/threads-under-test.js`. */
async function open({ root, browser, serve }, { mounts, ...options } = {}) {
  const bundle = await build({
    entryPoints: [`${root}/src/ts/threads.ts`],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const script = { body: bundle.outputFiles[0].text, type: 'text/javascript' };
  const server = await serve({
    isolated: true,
    ...options,
    mounts: { '/dist/threads-under-test.js': script, ...mounts },
  });
  return browser.open(server.url('/blank.html'));
}

/** In the page: what a call came to. */
const tryHash = (page) =>
  page.evaluate(async () => {
    const { hashBytesThreaded } = await import('/dist/threads-under-test.js');
    try {
      return { bytes: (await hashBytesThreaded(new Uint8Array(10))).length };
    } catch ({ name, code, details }) {
      return { name, code, reason: details?.reason };
    }
  });

/** Leaves the test where the engine has no threads, which the first tests show. */
function needThreads({ engine, skip }) {
  if (engine === 'webkitgtk') skip('WebKitGTK has no SharedArrayBuffer here');
}

export default [
  {
    name: 'threads start in an isolated page, or say why not',
    async run(context) {
      const { engine, expect } = context;
      const page = await open(context);
      if (engine === 'webkitgtk') {
        const { code, reason } = await tryHash(page);
        expect(code).to.equal('THREADS_UNAVAILABLE');
        expect(reason).to.match(/SharedArrayBuffer|not cross-origin isolated/);
        return;
      }
      const { threads, cores } = await page.evaluate(async () => {
        const { threadsKernel } = await import('/dist/threads-under-test.js');
        return { threads: (await threadsKernel()).threads, cores: navigator.hardwareConcurrency };
      });
      expect(threads).to.equal(cores);
    },
  },
  {
    name: 'a page that is not isolated says which headers are missing',
    async run(context) {
      const page = await open(context, { isolated: false });
      const { name, code, reason } = await tryHash(page);
      context
        .expect({ name, code })
        .to.deep.equal({ name: 'SetupError', code: 'THREADS_UNAVAILABLE' });
      context.expect(reason).to.match(HEADERS);
    },
  },
  {
    name: 'hashes as BLAKE3 does, the bytes as they are at the call',
    async run(context) {
      needThreads(context);
      const page = await open(context);
      const digests = await page.evaluate(async (lengths) => {
        const { hashBytesThreaded } = await import('/dist/threads-under-test.js');
        const hex = (bytes) =>
          Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
        const under = [];
        for (const length of lengths) {
          // A view in the middle of a larger buffer, changed as soon as the call has returned.
          const bytes = new Uint8Array(length + 16).subarray(8, 8 + length);
          for (let i = 0; i < length; i++) bytes[i] = i % 251;
          under.push(hashBytesThreaded(bytes).then((digest) => [length, hex(digest)]));
          bytes.fill(255);
        }
        return Object.fromEntries(await Promise.all(under));
      }, Object.keys(DIGESTS).map(Number));
      context.expect(digests).to.deep.equal(DIGESTS);
    },
  },
  {
    name: 'a digest is no view over the shared memory',
    async run(context) {
      needThreads(context);
      const page = await open(context);
      const kind = await page.evaluate(async () => {
        const { hashBytesThreaded } = await import('/dist/threads-under-test.js');
        const { buffer } = await hashBytesThreaded(new Uint8Array(10));
        return [buffer.constructor.name, buffer.byteLength];
      });
      context.expect(kind).to.deep.equal(['ArrayBuffer', 32]);
    },
  },
  {
    name: 'ending the threads rejects what is under way, and the next call starts new ones',
    async run(context) {
      needThreads(context);
      const page = await open(context);
      const outcome = await page.evaluate(async () => {
        const { endThreads, hashBytesThreaded } = await import('/dist/threads-under-test.js');
        const starting = hashBytesThreaded(new Uint8Array(10)).catch(({ code }) => code);
        endThreads();
        await hashBytesThreaded(new Uint8Array(10));
        const running = hashBytesThreaded(new Uint8Array(50_000_000)).catch(({ code }) => code);
        // Until the call has reached the pool, which is there already.
        await new Promise((resolve) => setTimeout(resolve, 0));
        endThreads();
        const again = await hashBytesThreaded(new Uint8Array(10));
        return [await starting, await running, again.length];
      });
      context.expect(outcome).to.deep.equal(['THREADS_UNAVAILABLE', 'THREADS_UNAVAILABLE', 32]);
    },
  },
  {
    name: 'works under a strict Content-Security-Policy',
    async run(context) {
      needThreads(context);
      const csp = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
      const page = await open(context, { csp });
      context.expect(await tryHash(page)).to.deep.equal({ bytes: 32 });
    },
  },
  ...Object.entries({
    'the module is damaged': {
      '/dist/joblite_threads.wasm': { body: 'no wasm', type: 'application/wasm' },
    },
    "the pool's worker cannot be run": {
      '/dist/workers/threads.worker.js': {
        body: 'throw new Error("broken")',
        type: 'text/javascript',
      },
    },
    'a thread cannot be run': {
      '/dist/workers/rayon.worker.js': {
        body: 'throw new Error("broken")',
        type: 'text/javascript',
      },
    },
    "a thread's script is missing": {
      '/dist/workers/rayon.worker.js': { body: '', type: 'text/html' },
    },
  }).map(([what, mounts]) => ({
    name: `says so where ${what}`,
    async run(context) {
      needThreads(context);
      const page = await open(context, { mounts });
      const { code, reason } = await tryHash(page);
      context.expect(code).to.equal('THREADS_UNAVAILABLE');
      context.expect(reason).to.be.a('string').and.not.equal('');
    },
  })),
];
