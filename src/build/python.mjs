// The Python environments of builds and tests: venvs in the cache, keyed by their locked requirements.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { aptInstall } from './apt.mjs';
import { at, cache, keyOf, root } from './places.mjs';
import { answer, run, Stop } from './run.mjs';

export const REQUIREMENTS = at('tests/requirements.txt');

/** The environments of old and new versions of joblib that files are exchanged with. */
const ENVIRONMENTS = 'tests/interop/environments';

/** The environment, made when it is missing. `python` is its interpreter, `bin` the folder of its commands. */
export async function pythonEnvironment(log = console.log) {
  const host = await hostPython(log);
  const folder = await environment(host, REQUIREMENTS, log);
  const bin = join(folder, 'bin');
  return {
    python: join(bin, 'python'),
    bin,
    about: `${host.version}, packages of tests/requirements.txt`,
  };
}

/** The versions of joblib and NumPy that the tests exchange files with, from the oldest joblib on. */
export function interopEnvironments() {
  const names = readdirSync(at(ENVIRONMENTS)).filter((name) => name.endsWith('.in'));
  const joblibs = (name) => name.match(/\d+/g).map((part) => part.padStart(4, '0'));
  return names
    .map((name) => name.slice(0, -'.in'.length))
    .sort((a, b) => (joblibs(a) < joblibs(b) ? -1 : 1))
    .map((name) => ({ name, requirements: at(ENVIRONMENTS, `${name}.txt`) }));
}

/** These environments, made when they are missing: `name` and `python`. */
export async function interopPythons(log = console.log) {
  const host = await hostPython(log);
  return Promise.all(
    interopEnvironments().map(async ({ name, requirements }) => {
      const folder = await environment(host, requirements, log);
      return { name, python: join(folder, 'bin/python') };
    }),
  );
}

/** The folder of a venv with what a locked file asks for. */
async function environment(host, requirements, log) {
  const folder = join(cache, `python-${keyOf(readFileSync(requirements, 'utf8'), host.version)}`);
  // There while it is being made: what was interrupted is made anew.
  const partial = `${folder}.partial`;
  if (existsSync(folder) && !existsSync(partial)) return folder;
  const name = requirements.slice(root.length + 1);
  log(`python -m venv, pip install -r ${name} (once)`);
  // Made at its final place, because the scripts of a venv hold its path.
  mkdirSync(dirname(folder), { recursive: true });
  writeFileSync(partial, '');
  rmSync(folder, { recursive: true, force: true });
  const stop = `pip install -r ${name} failed; is the Python package index within reach?`;
  try {
    await run(host.path, ['-m', 'venv', folder]);
    await run(
      join(folder, 'bin/python'),
      [
        '-m',
        'pip',
        'install',
        '-q',
        '--disable-pip-version-check',
        '--require-hashes',
        '--only-binary=:all:',
        '-r',
        requirements,
      ],
      { stop },
    );
    rmSync(partial);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

/** The machine's Python, able to make a venv. */
async function hostPython(log) {
  for (const path of ['python3.11', 'python3']) {
    const version = answer(path, [
      '-c',
      'import sys; assert sys.version_info[:2] == (3, 11); print(sys.version.split()[0])',
    ]);
    if (!version) continue;
    await aptInstall(
      [
        {
          name: 'python3-venv',
          has: () => answer(path, ['-c', 'import ensurepip, venv']) !== null,
        },
      ],
      log,
    );
    return { path, version: `Python ${version}` };
  }
  throw new Stop('install Python 3.11: sudo apt-get install python3 python3-venv');
}
