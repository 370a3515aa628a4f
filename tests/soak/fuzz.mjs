// Every fuzz target for an equal share of the time, from what earlier runs found, with another seed each time.

import { Stop } from '../../src/build/run.mjs';
import { buildTargets, fuzz as fuzzOne, TARGETS } from '../fuzz/run.mjs';

export const fuzz = {
  amount: 3600,
  async *rows({ amount, log }) {
    const binaries = await buildTargets(log);
    const seconds = Math.ceil(amount / TARGETS.length);
    for (const target of TARGETS) {
      const what = `fuzz ${target}`;
      try {
        const executions = await fuzzOne(binaries, target, { seconds }, log);
        yield { what, much: `${executions.toLocaleString('en')} executions`, faults: 0 };
      } catch (error) {
        if (!(error instanceof Stop)) throw error;
        log(error.message);
        yield { what, much: `${seconds} s, or until the fault`, faults: 1 };
      }
    }
  },
};
