// The Python package: dist/joblite-VERSION-py3-none-any.whl, by hatchling from src/py/pyproject.toml.

import { readdirSync, rmSync } from 'node:fs';

import { at } from './places.mjs';
import { pythonEnvironment } from './python.mjs';
import { run } from './run.mjs';

export async function buildWheel(log) {
  const { python } = await pythonEnvironment(log);
  for (const name of readdirSync(at('dist'))) if (name.endsWith('.whl')) rmSync(at('dist', name));
  // An archive's times are part of its bytes; a fixed one makes equal sources give equal wheels.
  await run(python, ['-m', 'hatchling', 'build', '-t', 'wheel', '-d', at('dist')], {
    cwd: at('src/py'),
    env: { SOURCE_DATE_EPOCH: '1577836800' },
  });
}
