// The Rust suite: unit, integration and documentation tests of the crate on the host.

import { run } from '../../src/build/run.mjs';

/** Cargo closes each test binary with one such line. */
const RESULT = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm;
const IGNORED = /^test (\S+).* \.\.\. ignored(?:, (.*))?$/gm;

/** The crate with all its compressors, and what the feature `threads` makes of its parallel map. */
const RUNS = [
  ['--features', 'codecs'],
  ['--features', 'threads', '--lib', 'parallel::rayon'],
];

export default {
  name: 'rust',
  about: 'cargo test on the host, documentation tests included',
  async run({ root, only }) {
    const total = { passed: 0, failed: 0, skipped: [] };
    for (const args of only.length ? [['--features', 'codecs', ...only]] : RUNS) {
      const { passed, failed, skipped } = await cargoTest(root, args);
      total.passed += passed;
      total.failed += failed;
      total.skipped.push(...skipped);
    }
    return total;
  },
};

async function cargoTest(root, args) {
  let output;
  let broken = false;
  try {
    output = await run('cargo', ['test', '--no-fail-fast', ...args], { cwd: root });
  } catch (stop) {
    // What failed is printed already; a build that fails leaves no result line at all.
    output = stop.stdout ?? '';
    broken = true;
  }
  const sum = (group) =>
    [...output.matchAll(RESULT)].reduce((total, match) => total + Number(match[group]), 0);
  const failed = sum(2);
  return {
    passed: sum(1),
    failed: broken ? Math.max(failed, 1) : failed,
    skipped: [...output.matchAll(IGNORED)].map(([, name, why]) => ({
      name,
      why: why ?? 'no reason given',
    })),
  };
}
