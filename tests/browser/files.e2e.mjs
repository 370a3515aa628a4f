// The helper worker of dump and load: its death, its end, and pages that forbid it.

const policy = (workers) =>
  `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src ${workers}; object-src 'none'`;

/** Keeps the workers that the page starts, and makes a value that is left to the helper; runs in the page. */
const setUp = async () => {
  globalThis.started = [];
  globalThis.ended = 0;
  const { Worker } = globalThis;
  globalThis.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      globalThis.started.push(this);
    }
    terminate() {
      globalThis.ended += 1;
      super.terminate();
    }
  };
  globalThis.files = await import('joblite/files');
  globalThis.rows = Array.from({ length: 200_000 }, (_, i) => ({
    id: i,
    name: `user-${i}`,
    half: i / 2,
  }));
};

/** There and back again; runs in the page. */
const roundTrip = async () => {
  const { dump, hash, load } = globalThis.files;
  const { rows } = globalThis;
  const back = await load(await dump(rows));
  return { equal: (await hash(back)) === (await hash(rows)), started: globalThis.started.length };
};

export default [
  {
    name: 'the helper dies in the middle of a load: WORKER_LOST, and the next call has another',
    async run({ browser, serve, expect }) {
      const server = await serve({ isolated: true });
      const page = await browser.open(server.url('/blank.html'));
      await page.evaluate(setUp);
      const { error, cancelled } = await page.evaluate(async () => {
        const { dump, load } = globalThis.files;
        const bytes = await dump(globalThis.rows);
        let at = 0;
        let cancelled = null;
        const stream = new ReadableStream(
          {
            async pull(controller) {
              // The helper has the first half of the file.
              if (at > bytes.length / 2) {
                globalThis.started.at(-1).terminate();
              }
              controller.enqueue(bytes.slice(at, at + (1 << 18)));
              at += 1 << 18;
              if (at >= bytes.length) controller.close();
            },
            cancel(reason) {
              cancelled = reason.code;
            },
          },
          { highWaterMark: 0 },
        );
        const error = await load(stream).then(
          () => null,
          ({ name, code, message }) => ({ name, code, message }),
        );
        return { error, cancelled };
      });
      expect(error).to.include({ name: 'TaskError', code: 'WORKER_LOST' });
      expect(error.message).to.contain('the worker that read or wrote the file was lost');
      expect([null, 'WORKER_LOST']).to.include(cancelled);
      const { equal, started } = await page.evaluate(roundTrip);
      expect(equal).to.equal(true);
      expect(started).to.be.greaterThan(1);
    },
  },
  {
    name: 'the helper is one for several calls, and ended when it is idle',
    async run({ browser, serve, expect }) {
      const server = await serve({});
      const page = await browser.open(server.url('/blank.html'));
      await page.evaluate(setUp);
      await page.evaluate(roundTrip);
      expect(await page.evaluate(roundTrip)).to.deep.equal({ equal: true, started: 1 });
      await page.waitFor(() => globalThis.ended === 1, undefined, { limitMs: 20_000 });
      expect(await page.evaluate(roundTrip)).to.deep.equal({ equal: true, started: 2 });
    },
  },
  {
    name: 'small values start no worker',
    async run({ browser, serve, expect }) {
      const server = await serve({});
      const page = await browser.open(server.url('/blank.html'));
      await page.evaluate(setUp);
      const started = await page.evaluate(async () => {
        const { dump, load } = globalThis.files;
        await load(await dump(globalThis.rows.slice(0, 1000)));
        // Arrays are copied in slices.
        await load(await dump(new Float64Array(2_000_000)));
        return globalThis.started.length;
      });
      expect(started).to.equal(0);
    },
  },
  {
    name: 'a strict Content-Security-Policy that allows workers of the origin',
    async run({ browser, serve, expect }) {
      const server = await serve({ csp: policy("'self'") });
      const page = await browser.open(server.url('/blank.html'));
      await page.evaluate(setUp);
      expect(await page.evaluate(roundTrip)).to.deep.equal({ equal: true, started: 1 });
    },
  },
  {
    name: 'a Content-Security-Policy without workers: the page does the work in slices',
    async run({ browser, serve, expect }) {
      const server = await serve({ csp: policy("'none'") });
      const page = await browser.open(server.url('/blank.html'));
      await page.evaluate(setUp);
      expect((await page.evaluate(roundTrip)).equal).to.equal(true);
      // It is not tried again.
      const { started } = await page.evaluate(roundTrip);
      expect(started).to.be.lessThan(2);
    },
  },
];
