// `npm run soak [-- NAME [AMOUNT] [ENGINE...]]`: what takes too long for CI, one after another, and a table
// of what it came to; exit code 1 on a fault. `fuzz` takes seconds (3600), `kills` times (50) and engines.

import { cpus } from 'node:os';

import { build } from '../../src/build/build.mjs';
import { asCommand, Stop } from '../../src/build/run.mjs';
import { setup } from '../../src/build/setup.mjs';
import { fuzz } from './fuzz.mjs';
import { kills } from './kills.mjs';
import { packages } from './packages.mjs';

/** `rows` gives one `{ what, much, faults }` after another. */
const RUNS = { fuzz, kills, packages };

/** The run of that name, and what the words after it say; without a name all of them. */
function choose([name, ...words]) {
  if (name === undefined)
    return Object.values(RUNS).map((soak) => ({ soak, amount: soak.amount, words: soak.words }));
  const soak = RUNS[name];
  if (!soak) throw new Stop(`there is no ${name}; there are ${Object.keys(RUNS).join(', ')}`);
  const { amount = 0, words: known = [] } = soak;
  const isAmount = (word) => amount > 0 && /^[1-9]\d*$/.test(word);
  const unknown = words.find((word) => !isAmount(word) && !known.includes(word));
  if (unknown !== undefined) throw new Stop(`${name} does not know ${unknown}`);
  const chosen = known.filter((word) => words.includes(word));
  return [
    {
      soak,
      amount: Number(words.find(isAmount) ?? amount),
      words: chosen.length > 0 ? chosen : known,
    },
  ];
}

await asCommand(import.meta.url, async (args) => {
  const chosen = choose(args.filter((arg) => arg !== '--'));
  const { length, 0: cpu } = cpus();
  const about = [`${length} cores, ${cpu.model}`];
  if (chosen.some(({ soak }) => soak.browsers)) {
    await setup(['browsers'], (line) => about.push(line));
    await build();
  }
  const rows = [];
  for (const { soak, amount, words } of chosen) {
    let start = performance.now();
    for await (const row of soak.rows({ amount, words, log: console.log })) {
      rows.push({ ...row, seconds: (performance.now() - start) / 1000 });
      start = performance.now();
    }
  }
  console.log(`\n${about.join('\n')}\n\n| what | how much | faults | seconds |\n|---|---|---|---|`);
  for (const { what, much, faults, seconds } of rows)
    console.log(`| ${what} | ${much} | ${faults} | ${seconds.toFixed(0)} |`);
  // A browser that a fault left open must not keep the machine waiting.
  process.exit(rows.some(({ faults }) => faults > 0) ? 1 : 0);
});
