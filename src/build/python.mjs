// The Python environment of builds and tests: a venv in the cache, keyed by its locked requirements.

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { aptInstall } from './apt.mjs';
import { at, cache, keyOf } from './places.mjs';
import { answer, run, Stop } from './run.mjs';

const REQUIREMENTS = at('tests/requirements.txt');

/** The environment, made when it is missing. `python` is its interpreter, `bin` the folder of its commands. */
export async function pythonEnvironment(log = console.log) {
  const host = hostPython();
  const requirements = readFileSync(REQUIREMENTS, 'utf8');
  const folder = join(cache, `python-${keyOf(requirements, host.version)}`);
  const bin = join(folder, 'bin');
  if (!existsSync(folder)) {
    await aptInstall(
      [
        {
          name: 'python3-venv',
          has: () => answer(host.path, ['-c', 'import ensurepip, venv']) !== null,
        },
      ],
      log,
    );
    log(`python -m venv, pip install -r tests/requirements.txt (once)`);
    // Made at its final place, because the scripts of a venv hold its path.
    mkdirSync(dirname(folder), { recursive: true });
    const stop =
      'pip install -r tests/requirements.txt failed; is the Python package index within reach?';
    try {
      await run(host.path, ['-m', 'venv', folder]);
      await run(
        join(bin, 'python'),
        [
          '-m',
          'pip',
          'install',
          '-q',
          '--disable-pip-version-check',
          '--require-hashes',
          '--only-binary=:all:',
          '-r',
          REQUIREMENTS,
        ],
        { stop },
      );
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }
  return {
    python: join(bin, 'python'),
    bin,
    about: `${host.version}, packages of tests/requirements.txt`,
  };
}

function hostPython() {
  for (const path of ['python3.11', 'python3']) {
    const version = answer(path, [
      '-c',
      'import sys; assert sys.version_info[:2] == (3, 11); print(sys.version.split()[0])',
    ]);
    if (version) return { path, version: `Python ${version}` };
  }
  throw new Stop('install Python 3.11: sudo apt-get install python3 python3-venv');
}
