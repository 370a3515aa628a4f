// Files of several versions of joblib and NumPy: what each dumps, joblite loads; what joblite dumps of that,
// the same version and the newest load, and it is the same value.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interopPythons } from '../../src/build/python.mjs';
import { run } from '../../src/build/run.mjs';
import { difference } from '../fixtures/equal.js';
import { evaluate } from '../fixtures/examples.js';
import { FORMS } from './forms.mjs';

/** What `check_values.py` says of a file that is no test in an environment. */
const NOT_HERE = 'not for this version';

/** At once: each runs one Python. */
const LANES = 2;

/**
 * Gives `report` each case's name and problem.
 *
 * @param {{ joblite: object, log: (line: string) => void, report: (name: string, problem?: string) => void }} options
 *   `joblite`: what the package exports
 */
export async function checkVersions({ joblite, log, report }) {
  const environments = await interopPythons(log);
  const newest = environments[environments.length - 1];
  const queue = [...environments];
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      log(await checkVersion({ ...next, newest, joblite, report }));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Gives the line that sums up. */
async function checkVersion({ name: version, python, newest, joblite, report }) {
  const start = Date.now();
  const folder = mkdtempSync(join(tmpdir(), 'joblite-interop-'));
  const counts = { loaded: 0, there: 0, newest: 0, failed: 0 };
  const tell = (count, what, problem) => {
    counts[problem === undefined ? count : 'failed']++;
    report(`${version}: ${what}`, problem);
  };
  try {
    const { files, problems } = await dumpValues(python, folder);
    for (const problem of problems) tell('loaded', `joblib itself: ${problem}`, problem);
    const again = [];
    for (const dumped of files) {
      const path = join(folder, dumped.file);
      const problem = await redump(joblite, path, dumped);
      tell('loaded', `joblite loads ${titleOf(dumped)}`, problem);
      if (problem === undefined) again.push({ ...dumped, file: `${path}.again` });
    }
    const readers = [{ count: 'there', name: version, python, of: again }];
    if (newest.name !== version) readers.push({ count: 'newest', ...newest, of: oneOfEach(again) });
    for (const { count, name, python, of } of readers) {
      const answers = await checkValues(python, folder, of);
      for (const [i, dumped] of of.entries()) {
        if (answers[i] === NOT_HERE) continue;
        tell(count, `${name} loads joblite's ${titleOf(dumped)}`, answers[i] ?? undefined);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  return `${version}: ${counts.loaded} loaded; dumped again and loaded: ${counts.there} there, ${counts.newest} in the newest; ${counts.failed} failed (${seconds} s)`;
}

/** Of each value a file in one protocol, by turns, and of each way to compress one. */
export function oneOfEach(files) {
  const kinds = new Map();
  for (const dumped of files) {
    const kind = dumped.protocol === null ? JSON.stringify(dumped.options) : dumped.name;
    kinds.set(kind, [...(kinds.get(kind) ?? []), dumped]);
  }
  return [...kinds.values()].map((alike, turn) => alike[turn % alike.length]);
}

export function titleOf({ name, protocol, options }) {
  return protocol === null
    ? `${name}, compress ${JSON.stringify(options.compress)}`
    : `${name}, protocol ${protocol}`;
}

/** Loads a file, compares it with the JavaScript of its form if it has one, and dumps it beside itself. */
async function redump(joblite, path, { name, options }) {
  const form = FORMS[name];
  try {
    const value = await joblite.load(readFileSync(path));
    const problem = form && difference(value, evaluate(form, joblite));
    writeFileSync(`${path}.again`, await joblite.dump(value, options));
    return problem;
  } catch (error) {
    return `${error.code ?? error.name}: ${error.message}`;
  }
}

/** Dumps all values; gives the files, and what joblib got wrong itself. */
export async function dumpValues(python, folder) {
  return ask(python, 'dump_values.py', [folder]);
}

/** Loads files, each with the name of its value; gives for each null or what differs. */
export async function checkValues(python, folder, files) {
  const list = join(folder, 'files.json');
  writeFileSync(list, JSON.stringify(files.map(({ name, file }) => ({ name, file }))));
  return ask(python, 'check_values.py', [list]);
}

async function ask(python, script, args) {
  return JSON.parse(await run(python, ['-B', join(import.meta.dirname, script), ...args]));
}
