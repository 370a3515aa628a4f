// README's Rust is documentation tests of the crate (src/lib.rs includes README there): this runs
// them and sees that none was left out.

import { equal } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** @param {ReturnType<import('./snippets.mjs').snippetsOf>} snippets */
export async function runRust(root, snippets) {
  const { stdout } = await promisify(execFile)('cargo', ['test', '--doc', 'Readme'], { cwd: root });
  const passed = Number(/(\d+) passed/.exec(stdout)?.[1]);
  equal(passed, snippets.length, stdout);
}
