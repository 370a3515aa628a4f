// The Rust suite: unit, integration and documentation tests of the crate on the host.

import { run } from '../../src/build/run.mjs';

/** Cargo closes each test binary with one such line. */
const RESULT = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm;
const IGNORED = /^test (\S+).* \.\.\. ignored(?:, (.*))?$/gm;

export default {
  name: 'rust',
  about: 'cargo test on the host, documentation tests included',
  async run({ root, only }) {
    let output;
    let broken = 0;
    try {
      output = await run('cargo', ['test', '--no-fail-fast', ...only], {
        cwd: root,
      });
    } catch (stop) {
      // What failed is printed already; a build that fails leaves no result line at all.
      output = stop.stdout ?? '';
      broken = 1;
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
  },
};
