// Browsers killed at a moment that chance chooses, while Memory stores.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../src/build/places.mjs';
import { killWhileStoring } from '../browser/killed.mjs';
import { serveTests } from '../browser/runner/pages.mjs';
import { engineNames, keepsProfile, launch } from '../drivers/browser.mjs';
import { within } from '../drivers/processes.mjs';

const LIMIT_MS = 180_000;
/** The most results before a kill. */
const RESULTS = 200;

export const kills = {
  amount: 50,
  words: engineNames.filter(keepsProfile),
  browsers: true,
  async *rows({ amount, words, log }) {
    for (const engine of words) {
      let entries = 0;
      let faults = 0;
      for (let time = 1; time <= amount; time++) {
        const results = Math.floor(Math.random() * RESULTS);
        const about = `${engine}, kill ${time}, after ${results} results`;
        try {
          const whole = await within(LIMIT_MS, about, killOnce(engine, results));
          log(`${about}: ${whole} entries, all whole`);
          entries += whole;
        } catch (error) {
          log(`FAULT ${about}: ${error.stack}`);
          faults += 1;
        }
      }
      yield { what: `kills, ${engine}`, much: `${amount} kills, ${entries} entries`, faults };
    }
  },
};

async function killOnce(engine, results) {
  const profile = await mkdtemp(join(tmpdir(), 'joblite-soak-'));
  const server = await serveTests(root, {});
  try {
    const launchOne = (options) => launch(engine, options);
    return await killWhileStoring({ launch: launchOne, profile, server, results });
  } finally {
    await server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
