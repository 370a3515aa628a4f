// The tests in plain CPython: pytest on the wheel's own files, with a twin in place of the browser.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonEnvironment } from '../../src/build/python.mjs';
import { run } from '../../src/build/run.mjs';

/** Runs pytest and gives `{ passed, failed, skipped }`; what failed is shown. */
export async function runInCPython(root) {
  const { python } = await pythonEnvironment();
  const folder = await mkdtemp(join(tmpdir(), 'joblite-pytest-'));
  try {
    const wheel = (await readdir(join(root, 'dist'))).find((name) => name.endsWith('.whl'));
    if (!wheel) throw new Error('the wheel is missing: "npm run build" makes it');
    const site = join(folder, 'site');
    await run(python, ['-m', 'zipfile', '-e', join(root, 'dist', wheel), site]);
    const report = join(folder, 'report.xml');
    const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junitxml=${report}`, '.'];
    // What fails is shown as it comes; the report has the numbers.
    await run(python, args, {
      cwd: join(root, 'tests/py/cpython'),
      env: { PYTHONPATH: site, PYTHONDONTWRITEBYTECODE: '1' },
    }).catch(() => {});
    const counts = (await readFile(report, 'utf8').catch(() => '')).match(/<testsuite [^>]*>/)?.[0];
    if (!counts) throw new Error('pytest left no report');
    const count = (name) => Number(counts.match(new RegExp(` ${name}="(\\d+)"`))[1]);
    const failed = count('failures') + count('errors');
    return { passed: count('tests') - failed - count('skipped'), failed, skipped: [] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
