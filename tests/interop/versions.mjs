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
    for (const [i, { name, options, file }] of files.entries()) {
      const title = `${name}, ${i}, ${JSON.stringify(options)}`;
      const problem = await redump(joblite, join(folder, file), { form: FORMS[name], options });
      tell('loaded', `joblite loads ${title}`, problem);
      if (problem === undefined) again.push({ name, title, file: join(folder, `${file}.again`) });
    }
    const readers = [['there', { name: version, python }]];
    if (newest.name !== version) readers.push(['newest', newest]);
    for (const [count, reader] of readers) {
      const answers = await checkValues(reader.python, folder, again);
      for (const [i, { title }] of again.entries()) {
        if (answers[i] === NOT_HERE) continue;
        tell(count, `${reader.name} loads joblite's ${title}`, answers[i] ?? undefined);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  return `${version}: ${counts.loaded} loaded; dumped again and loaded: ${counts.there} there, ${counts.newest} in the newest; ${counts.failed} failed (${seconds} s)`;
}

/** Loads a file, compares it with the JavaScript of its form if it has one, and dumps it beside itself. */
async function redump(joblite, path, { form, options }) {
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
