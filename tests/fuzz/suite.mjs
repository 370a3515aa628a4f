// Every fuzz target for some seconds, about a minute in all: `npm run fuzz` runs them for longer.

import { Stop } from '../../src/build/run.mjs';
import { buildTargets, fuzz, TARGETS } from './run.mjs';

const SECONDS = 60;

export default {
  name: 'fuzz',
  about:
    'readers, hashes and decompressors on damaged files, tapes and streams, a minute of libFuzzer',
  async run({ log, only }) {
    const targets = TARGETS.filter(
      (target) => only.length === 0 || only.some((word) => target.includes(word)),
    );
    const binaries = await buildTargets(log);
    let failed = 0;
    for (const target of targets) {
      try {
        const executions = await fuzz(binaries, target, Math.ceil(SECONDS / targets.length), log);
        if (executions === 0) throw new Stop(`${target} ran nothing`);
      } catch (error) {
        failed++;
        log(`FAILED ${error.stack}`);
      }
    }
    return { passed: targets.length - failed, failed, skipped: [] };
  },
};
