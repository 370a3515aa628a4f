// What joblite writes, Python's joblib loads, and the other way round: every kind of value.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pythonEnvironment } from '../../src/build/python.mjs';
import { run } from '../../src/build/run.mjs';
import { difference } from '../fixtures/equal.js';
import { EXPRESSIONS, evaluate } from '../fixtures/examples.js';
import { concatenate, internals } from '../fixtures/internals.mjs';
import { archiveProblems } from './archive.mjs';
import { AND_BACK, FROM_JAVASCRIPT, TO_JAVASCRIPT } from './cases.mjs';
import { compressorProblems } from './compressors.mjs';
import { compareHashes } from './hash.mjs';
import { checkInBrowser } from './in-browser.mjs';
import { memoryProblems } from './memory.mjs';
import { checkVersions } from './versions.mjs';

export default {
  name: 'interop',
  about: "files between joblite and Python's joblib, of several versions",
  async run({ root, log, only }) {
    const { python } = await pythonEnvironment(log);
    const joblite = await internals(root);
    const folder = mkdtempSync(join(tmpdir(), 'joblite-interop-'));
    let passed = 0;
    let failed = 0;
    const check = (name, problem) => {
      if (only.length > 0 && !only.some((word) => name.includes(word))) return;
      if (problem === undefined) passed++;
      else {
        failed++;
        log(`FAILED ${name}\n    ${problem}`);
      }
    };
    try {
      await toPython(joblite, python, folder, check);
      await fromPython(joblite, python, folder, check);
      await andBack(joblite, python, folder, check);
      const built = await import(pathToFileURL(join(root, 'dist/index.js')));
      await compareHashes(built, python, folder, check);
      const problems = await memoryProblems({ root, python, folder });
      const compressors = await compressorProblems({ root, python, folder });
      const archives = await archiveProblems({ root, python, folder });
      check('caches as zips, to Python and back', archives.join('\n    ') || undefined);
      check("compressors and Python's modules", compressors.join('\n    ') || undefined);
      check("joblib's store reads what Memory kept", problems.join('\n    ') || undefined);
      await checkVersions({ joblite: built, log, report: check });
      await checkInBrowser({ root, log, report: check });
    } finally {
      rmSync(folder, { recursive: true });
    }
    return { passed, failed, skipped: [] };
  },
};

/** Writes every example; Python loads it and evaluates the check, in which `v` is the value. */
async function toPython(
  { engine, toTape, readBlobs, tapeToPickle, ...joblite },
  python,
  folder,
  check,
) {
  const cases = [];
  for (const [name, expression] of Object.entries(EXPRESSIONS)) {
    const tape = await readBlobs(toTape(evaluate(expression, joblite)));
    const file = join(folder, `${cases.length}.pkl`);
    writeFileSync(file, concatenate(tapeToPickle(engine, tape).parts));
    cases.push({ name, file, check: FROM_JAVASCRIPT[name] ?? null });
  }
  for (const { name, problem } of await ask(python, 'load.py', folder, cases)) {
    check(`Python loads ${name}`, problem ?? undefined);
  }
  for (const name of Object.keys(FROM_JAVASCRIPT)) {
    if (!(name in EXPRESSIONS)) check(`there is an example ${name}`, 'it was renamed or removed');
  }
}

/** Python dumps the value of an expression; what joblite loads has to equal that of another. */
async function fromPython(joblite, python, folder, check) {
  const { engine, pickleToTape, fromTape } = joblite;
  const cases = TO_JAVASCRIPT.map(({ python, ...rest }, i) => ({
    ...rest,
    python,
    file: join(folder, `p${i}.pkl`),
  }));
  const answers = await ask(python, 'dump.py', folder, cases);
  for (const [i, { python, protocol = 5, javascript, file }] of cases.entries()) {
    const name = `joblite loads ${python.slice(0, 60)}, protocol ${protocol}`;
    try {
      if (answers[i].problem) throw new Error(answers[i].problem);
      const loaded = fromTape(pickleToTape(engine, [readFileSync(file)]));
      check(name, difference(loaded, evaluate(javascript, joblite)));
    } catch (error) {
      check(name, error.stack);
    }
  }
}

/** From Python to JavaScript's values and back, in every protocol that is written. */
async function andBack(
  { engine, pickleToTape, tapeToPickle, fromTape, toTape },
  python,
  folder,
  check,
) {
  const cases = AND_BACK.flatMap((python, i) =>
    [2, 3, 4, 5].map((protocol) => {
      const file = join(folder, `b${i}-${protocol}.pkl`);
      return { python, protocol, file, back: `${file}.back` };
    }),
  );
  const problems = (await ask(python, 'back.py', folder, cases, 'dump')).map(
    ({ problem }) => problem,
  );
  for (const [i, { protocol, file, back }] of cases.entries()) {
    try {
      const value = fromTape(pickleToTape(engine, [readFileSync(file)]));
      writeFileSync(back, concatenate(tapeToPickle(engine, toTape(value), { protocol }).parts));
    } catch (error) {
      problems[i] ??= error.stack;
    }
  }
  const answers = await ask(python, 'back.py', folder, cases, 'check');
  for (const [i, { python, protocol }] of cases.entries()) {
    const problem = problems[i] ?? answers[i].problem ?? undefined;
    check(`to JavaScript and back, protocol ${protocol}: ${python.slice(0, 60)}`, problem);
  }
}

async function ask(python, script, folder, cases, ...words) {
  const list = join(folder, `${script}.json`);
  writeFileSync(list, JSON.stringify(cases));
  const output = await run(python, [join(import.meta.dirname, script), ...words, list]);
  return JSON.parse(output);
}
