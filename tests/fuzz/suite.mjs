// Every fuzz target on the same inputs each time, about a minute in all, so that what is green here is
// green elsewhere: `npm run fuzz` looks for more.

import { Stop } from '../../src/build/run.mjs';
import { buildTargets, fuzz, TARGETS } from './run.mjs';

/** Executions of each target: some twelve seconds on two cores. */
const RUNS = {
  hashes_end: 250_000,
  pickle_reads_back: 250_000,
  pieces_of_a_pickle_do_not_matter: 300_000,
  stream_reads_back: 15_000,
  tape_reads_back: 150_000,
};

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
        const executions = await fuzz(binaries, target, { runs: RUNS[target] }, log);
        if (!(executions >= RUNS[target])) throw new Stop(`${target} ended after ${executions}`);
      } catch (error) {
        failed++;
        log(`FAILED ${error.stack}`);
      }
    }
    return { passed: targets.length - failed, failed, skipped: [] };
  },
};
