// Every fuzz target from its seeds, about a minute in all, the same inputs each time: `npm run fuzz` runs
// them for longer, and by chance.

import { Stop } from '../../src/build/run.mjs';
import { buildTargets, fuzz, TARGETS } from './run.mjs';

/** Some ten seconds of each target. */
const EXECUTIONS = { stream_reads_back: 15_000, tape_reads_back: 60_000 };
const OTHERS = 250_000;

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
        const executions = EXECUTIONS[target] ?? OTHERS;
        const done = await fuzz(binaries, target, { executions }, log);
        if (done < executions) throw new Stop(`${target} ran ${done} of ${executions} inputs`);
      } catch (error) {
        failed++;
        log(`FAILED ${error.stack}`);
      }
    }
    return { passed: targets.length - failed, failed, skipped: [] };
  },
};
