// Files of several versions of joblib and NumPy: what each dumps, joblite loads; what joblite dumps of that,
// the same version and the newest load, and it is the same value.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interopPythons } from '../../src/build/python.mjs';
import { run } from '../../src/build/run.mjs';
import { difference } from '../fixtures/equal.js';
import { evaluate } from '../fixtures/examples.js';
import { concatenate } from '../fixtures/internals.mjs';
import { FORMS } from './forms.mjs';

/** What `check_values.py` says of a file that is no test in an environment. */
const NOT_HERE = 'not for this version';

/** At once: each runs one Python. */
const LANES = 2;

/**
 * Gives `report` each case's name and problem.
 *
 * @param {{ joblite: object, log: (line: string) => void, report: (name: string, problem?: string) => void }} options
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
async function checkVersion({ name, python, newest, joblite, report }) {
  const start = Date.now();
  const folder = mkdtempSync(join(tmpdir(), 'joblite-interop-'));
  const counts = { loaded: 0, back: 0, newest: 0, failed: 0 };
  const tell = (count, what, problem) => {
    if (problem === undefined) counts[count]++;
    else counts.failed++;
    report(`${name}: ${what}`, problem);
  };
  try {
    const { files, problems } = await ask(python, 'dump_values.py', [folder]);
    for (const problem of problems) tell('loaded', 'joblib itself', problem);
    const again = [];
    for (const { name, how, file } of files) {
      const path = join(folder, file);
      const { problem, bytes } = await reload(joblite, path, FORMS[name]);
      tell('loaded', `joblite loads ${name}, ${how}`, problem);
      if (bytes === undefined) continue;
      writeFileSync(`${path}.again`, bytes);
      again.push({ name, how, file: `${path}.again` });
    }
    for (const [count, { python: reader, name: of }] of [
      ['back', { python, name }],
      ['newest', newest],
    ]) {
      const answers = await checkAgain(reader, folder, count, again);
      for (const [i, { name, how }] of again.entries()) {
        if (answers[i] === NOT_HERE) continue;
        tell(count, `${of} loads ${name}, ${how}, dumped by joblite`, answers[i] ?? undefined);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  return `${name}: ${counts.loaded} loaded, ${counts.back} dumped and loaded there, ${counts.newest} in the newest, ${counts.failed} failed (${seconds} s)`;
}

/** Loads a file, compares it with the JavaScript of its form if it has one, and dumps it again. */
async function reload(joblite, path, form) {
  const { engine, pickleToTape, fromTape, toTape, tapeToPickle } = joblite;
  try {
    const value = fromTape(pickleToTape(engine, [readFileSync(path)]));
    const problem = form && difference(value, evaluate(form, joblite));
    const { parts } = tapeToPickle(engine, toTape(value));
    return { problem, bytes: concatenate(parts) };
  } catch (error) {
    return { problem: `${error.code ?? error.name}: ${error.message}` };
  }
}

async function checkAgain(python, folder, count, again) {
  const list = join(folder, `${count}.json`);
  writeFileSync(list, JSON.stringify(again.map(({ name, file }) => ({ name, file }))));
  return ask(python, 'check_values.py', [list]);
}

async function ask(python, script, args) {
  return JSON.parse(await run(python, ['-B', join(import.meta.dirname, script), ...args]));
}
