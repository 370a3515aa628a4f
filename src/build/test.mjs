// `npm test [-- NAME... [WORD...]]`: sets up, builds, runs the suites of tests/*/suite.mjs and closes with the
// line "N passed, N failed, N skipped". What was skipped is listed with its reason.
//
// A suite: `export default { name, about, async run({ root, log, only }) }`, which gives
// `{ passed, failed, skipped: [{ name, why }] }`. `only` holds the words after the names, which mean
// what the suite says. A suite that throws counts as one failure.

import { existsSync, readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { build } from './build.mjs';
import { at, root } from './places.mjs';
import { asCommand, Stop } from './run.mjs';
import { setup } from './setup.mjs';

/** All suites in the order of their cost: what needs no browser first. */
async function findSuites() {
  const folders = readdirSync(at('tests')).filter((name) =>
    existsSync(at('tests', name, 'suite.mjs')),
  );
  const suites = [];
  for (const folder of folders) {
    const { href } = pathToFileURL(at('tests', folder, 'suite.mjs'));
    suites.push((await import(href)).default);
  }
  const ORDER = ['lint', 'layers', 'rust', 'ts', 'interop', 'readme'];
  const rank = ({ name }) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return suites.sort((a, b) => rank(a) - rank(b));
}

/** The suites that the arguments name, and the words that are left for them. */
function choose(suites, args) {
  const names = suites.map(({ name }) => name);
  const only = args.filter((arg) => !names.includes(arg));
  const chosen = suites.filter(({ name }) => args.includes(name));
  if (only.length && !chosen.length)
    throw new Stop(`there is no suite ${only[0]}; the suites are ${names.join(', ')}`);
  return { chosen: chosen.length ? chosen : suites, only };
}

async function runSuite(suite, only) {
  const started = performance.now();
  const log = (line) => console.log(`  ${line}`);
  console.log(`\n${suite.name}: ${suite.about}`);
  let result;
  try {
    result = await suite.run({ root, log, only });
  } catch (error) {
    console.error(error instanceof Stop ? `stopped: ${error.message}` : error);
    result = { passed: 0, failed: 1, skipped: [] };
  }
  return { name: suite.name, seconds: (performance.now() - started) / 1000, ...result };
}

await asCommand(import.meta.url, async (args) => {
  await setup(['packages', 'wasm', 'browsers', 'python']);
  const { chosen, only } = choose(await findSuites(), args);
  await build(['core', 'codecs', 'threads', 'ts', 'wheel']);
  const results = [];
  for (const suite of chosen) results.push(await runSuite(suite, only));

  console.log('');
  for (const { name, passed, failed, skipped, seconds } of results) {
    console.log(
      `${name.padEnd(12)} ${seconds.toFixed(1).padStart(7)} s  passed ${passed}, failed ${failed}, skipped ${skipped.length}`,
    );
  }
  const skips = results.flatMap(({ name, skipped }) =>
    skipped.map((skip) => ({ suite: name, ...skip })),
  );
  if (skips.length) console.log('\nskipped:');
  for (const { suite, name, why } of skips) console.log(`  ${suite}: ${name}: ${why}`);
  const sum = (of) => results.reduce((total, result) => total + of(result), 0);
  const failed = sum((result) => result.failed);
  const passed = sum((result) => result.passed);
  console.log(`\n${passed} passed, ${failed} failed, ${skips.length} skipped`);
  // A browser or server that a failed test left open must not keep CI waiting.
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
});
