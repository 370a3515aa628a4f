// The packages suite: the tarball that npm would publish, installed into throw-away projects and
// imported by its name. One line for each combination of consumer, engine and headers.
// Words of `only` choose lines whose name holds all of them, e.g. `webpack chromium`.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { config, expect } from 'chai';
import { launch } from '../drivers/browser.mjs';
import { wordsOf } from '../drivers/words.mjs';
import { CONSUMERS } from './consumers.mjs';
import { compileConsumer, lintManifest, lintTypes } from './declarations.mjs';
import { pack, run } from './install.mjs';

config.truncateThreshold = 0; // the outcome in full

const CSP = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
const HEADERS = [
  { name: 'no headers', isolated: false },
  { name: 'COOP/COEP', isolated: true },
  { name: 'CSP', isolated: false, csp: CSP },
];
const PAGE_LIMIT_MS = 40_000;

export default {
  name: 'packages',
  about: 'the packed tarball in a plain page, Vite, webpack, Rollup and Node; publint, attw, tsc',

  /** `inFirefox` chooses the consumers that Firefox opens too. */
  async run({ root, log = console.log, only, inFirefox = ({ firefox }) => firefox }) {
    if (!existsSync(join(root, 'dist/index.js')))
      throw new Error('dist/ is missing: "npm run build" makes it');
    const words = wordsOf(only).map((word) => word.toLowerCase());
    const chosen = (name) => words.every((word) => name.toLowerCase().includes(word));
    const total = { passed: 0, failed: 0, skipped: [] };
    const check = async (name, test) => {
      if (!chosen(name)) return;
      const start = Date.now();
      try {
        await test();
        total.passed += 1;
        log(`ok ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
      } catch (error) {
        total.failed += 1;
        log(`FAILED ${name}\n${String(error.message ?? error).replace(/^/gm, '    ')}`);
      }
    };

    const packed = await pack(root);
    try {
      await checkManifest({ root, packed, check });
      await check('Node', () => runUnderNode(packed));
      for (const engine of ['chromium', 'firefox']) {
        const combinations = CONSUMERS.filter(
          (consumer) => engine === 'chromium' || inFirefox(consumer),
        ).flatMap((consumer) =>
          HEADERS.map((headers) => ({
            consumer,
            headers,
            name: `${consumer.name}, ${engine}, ${headers.name}`,
          })),
        );
        if (!combinations.some(({ name }) => chosen(name))) continue;
        const browser = await launch(engine);
        try {
          for (const { consumer, headers, name } of combinations) {
            await check(name, async () => {
              packed.made ??= new Map();
              if (!packed.made.has(consumer)) packed.made.set(consumer, consumer.make(packed));
              await openInBrowser({ made: await packed.made.get(consumer), browser, headers });
            });
          }
        } finally {
          await browser.close();
        }
      }
    } finally {
      await packed.remove();
    }
    return total;
  },
};

async function checkManifest({ root, packed, check }) {
  await check('tarball', () => {
    const needed = [
      'LICENSE',
      'README.md',
      'THIRD-PARTY-NOTICES.md',
      'package.json',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/worker.js',
      'dist/worker.d.ts',
      'dist/files.js',
      'dist/files.d.ts',
      'dist/joblite.wasm',
      'dist/joblite_codecs.wasm',
      'dist/workers/files.worker.js',
    ];
    expect(
      needed.filter((path) => !packed.files.includes(path)),
      'missing',
    ).to.deep.equal([]);
    expect(
      packed.files.filter((path) => !path.startsWith('dist/') && path.includes('/')),
    ).to.deep.equal([]);
  });
  await check('publint', async () => {
    const path = await packed.project('publint', []);
    await lintManifest(join(path, 'node_modules/joblite'));
  });
  await check('attw', () => lintTypes(root, packed.tarball));
  for (const resolution of ['nodenext', 'bundler']) {
    await check(`declarations, ${resolution}`, () => compileConsumer(root, packed, resolution));
  }
}

/** The outcome that every consumer shows, the number of runs of its cached function aside. */
const DESCRIBED = [1, 2, 3, 4].map((n) => ({ mean: n + 2, median: n + 1, realm: 'worker' }));

/** What files have of gzip and of xz; `joblib.hash` of the same value in Python 3.11. */
const MAGICS = [
  [0x1f, 0x8b],
  [0xfd, 0x37],
];
const JOBLIB_SHA1 = 'fdf5e7fa8fa9d5f599e2e5d357a69e5797803262';
const read = (length) => Array(2).fill({ name: 'joblite', length, equal: true });

function expectOutcome(outcome) {
  if (outcome.error)
    throw new Error(
      `${outcome.error} (${outcome.code})\n${outcome.stack}\ncause: ${outcome.cause}`,
    );
  expect(outcome.described).to.deep.equal(DESCRIBED);
  expect(outcome.refused).to.equal('RangeError: 7 is refused');
  expect(outcome.first).to.deep.equal([0, 1, 4, 9]);
  expect(outcome.second).to.deep.equal([0, 1, 4, 9]);
  expect(outcome.hash).to.match(/^[0-9a-f]{32}$/);
  expect(outcome.files.magics).to.deep.equal(MAGICS);
  expect(outcome.files.large, 'large files').to.deep.equal(read(600_000));
  expect(outcome.files.small, 'small files').to.deep.equal(read(1_000));
  expect(outcome.files.hash).to.equal(JOBLIB_SHA1);
}

async function runUnderNode(packed) {
  const path = await packed.project('node', [
    ['.', 'plain'],
    ['.', 'node'],
  ]);
  const outcome = JSON.parse(await run(process.execPath, ['main.js'], { cwd: path }));
  expectOutcome(outcome);
  expect(outcome.paths).to.deep.equal(Array(2).fill(['joblite', 1, 2.5]));
  for (const [i, name] of ['model.joblib.gz', 'model.joblib.xz'].entries()) {
    const file = await readFile(join(path, name));
    expect([...file.subarray(0, 2)], name).to.deep.equal(MAGICS[i]);
  }
}

async function openInBrowser({ made, browser, headers }) {
  const server = await made.serve(headers);
  try {
    await browser.messages();
    const page = await browser.open(server.url);
    const first = await outcomeOf(page, browser);
    expectOutcome(first);
    expect(first.runs, 'runs of the cached function').to.equal(1);
    expect(first.isolated, 'crossOriginIsolated').to.equal(headers.isolated);
    // Then what compresses, once, though the helper worker has it as well: it is posted to it.
    expect(first.files.modules, 'wasm modules that the page fetched').to.deep.equal([1, 2]);
    await page.reload();
    const again = await outcomeOf(page, browser);
    expectOutcome(again);
    expect(again.runs, 'runs of the cached function after a reload').to.equal(0);
  } finally {
    await browser.reset();
    await server.close();
  }
}

/**
 * What the page leaves on its root element; any error on its console fails the test at once. Read by
 * WebDriver's own script, which no policy forbids.
 */
async function outcomeOf(page, browser) {
  const limit = Date.now() + PAGE_LIMIT_MS;
  for (;;) {
    const result = await page.command('the outcome', (driver) =>
      driver.executeScript("return document.documentElement.getAttribute('data-result')"),
    );
    const errors = (await browser.messages())
      .filter(({ level }) => level === 'error')
      .map(({ text }) => text);
    if (errors.length > 0)
      throw new Error(`the console shows ${errors.join('\n')}\nthe page: ${result}`);
    if (result) return JSON.parse(result);
    if (Date.now() > limit)
      throw new Error(`the page showed nothing within ${PAGE_LIMIT_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
