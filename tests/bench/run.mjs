// `npm run bench [-- NAME... [ENGINE]]`: builds, then runs the measurements of this folder one after
// another, each in a process of its own. They print figures and judge nothing.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { build } from '../../src/build/build.mjs';
import { asCommand } from '../../src/build/run.mjs';
import { setup } from '../../src/build/setup.mjs';

await asCommand(import.meta.url, async (args) => {
  await setup(['browsers'], () => {});
  await build();
  const names = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
    .map((file) => file.slice(0, -'.mjs'.length));
  const chosen = names.filter((name) => args.includes(name));
  const others = args.filter((arg) => !names.includes(arg));
  for (const name of chosen.length ? chosen : names) {
    console.log(`\n${name}`);
    const script = join(import.meta.dirname, `${name}.mjs`);
    const { status } = spawnSync(process.execPath, [script, ...others], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
});
