// A browser that is killed while Memory stores, and what the next one finds: by one test of CI, and many
// times by `npm run soak -- kills`.

import { expect } from 'chai';
import { call, right, runsOf, setUp } from './slow.mjs';

/**
 * Kills a browser (SIGKILL) once more than `results` were stored and others are being, then starts one with
 * its profile. Gives the number of entries there, each of them whole.
 *
 * @param {{ launch: (options: object) => Promise<object>, profile: string, server: object, results: number }}
 *   options `launch` is the driver's, of one engine; `profile` an empty folder; `server` one of the test pages
 * @throws AssertionError for an entry that is not whole, or a result that would not be stored any more
 */
export async function killWhileStoring({ launch, profile, server, results }) {
  const open = async (browser) => {
    const page = await browser.open(server.url('/blank.html'));
    await page.evaluate(setUp, { location: 'killed' });
    return page;
  };
  const doomed = await launch({ profile });
  try {
    const page = await open(doomed);
    await page.evaluate(() => {
      globalThis.finished = 0;
      const lane = async (from) => {
        for (let x = from; ; x += 4) {
          await slow(x);
          globalThis.finished += 1;
        }
      };
      for (let from = 100; from < 104; from++) lane(from);
    });
    await page.waitFor((results) => finished > results, results);
  } finally {
    await doomed.kill();
  }
  const browser = await launch({ profile });
  try {
    const after = await open(browser);
    const items = await after.evaluate(async () => {
      const items = await memory.items({ metadata: true });
      return items.map(({ size, metadata }) => ({ x: Number(metadata?.inputArgs.x), size }));
    });
    expect(items).not.to.have.length(0);
    const before = runsOf(server);
    for (const { x, size } of items) {
      expect(size).to.be.greaterThan(40_000);
      expect(await after.evaluate(call, x)).to.deep.equal(right(x));
    }
    expect(runsOf(server)).to.equal(before);
    // What was being computed is claimed by nobody who lives.
    expect(await after.evaluate(call, 100_000)).to.deep.equal(right(100_000));
    expect(await after.evaluate(() => warnings)).to.deep.equal([]);
    return items.length;
  } finally {
    await browser.close();
  }
}
