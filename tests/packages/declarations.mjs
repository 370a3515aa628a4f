// The published declarations, compiled by a strict consumer under both module resolutions in use, and
// the package's manifest, read by publint and arethetypeswrong.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { run } from './install.mjs';

const STRICT = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false, // joblite's own declarations are what is tested
  noEmit: true,
  target: 'ES2022',
  lib: ['ES2022', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
  types: [],
};

/** Throws with the compiler's own words if a consumer under `moduleResolution` does not compile. */
export async function compileConsumer(root, packed, moduleResolution) {
  const path = await packed.project(`types-${moduleResolution}`, [['src', 'types']]);
  const module = moduleResolution === 'nodenext' ? 'NodeNext' : 'ESNext';
  const config = { compilerOptions: { ...STRICT, module, moduleResolution }, include: ['src'] };
  await writeFile(join(path, 'tsconfig.json'), JSON.stringify(config));
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', path], {
    cwd: path,
  });
}

export async function lintManifest(path) {
  const { messages, pkg } = await publint({ pkgDir: path, pack: false, strict: true });
  if (messages.length > 0)
    throw new Error(messages.map((message) => formatMessage(message, pkg)).join('\n'));
}

export async function lintTypes(root, tarball) {
  const cli = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  await run(process.execPath, [
    cli,
    tarball,
    '--profile',
    'esm-only',
    '--no-definitely-typed',
    '--no-color',
  ]);
}
