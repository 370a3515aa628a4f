// Compiled dependencies, kept for the next clone: the standard library and the crates of Cargo.lock
// take minutes, and are the same for every clone on a machine. Each clone works on a copy: one build
// folder for all would hand one clone's joblite.wasm to another.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { at, cache, keyOf } from './places.mjs';
import { run } from './run.mjs';

/** What cargo makes of this crate itself, by the beginning of its name. */
const OWN = /^(lib)?joblite[-.]/;

/**
 * @typedef {{ target: string, version: string[] }} Seed
 *   `target`: the folder in target/; `version`: what its content depends on beside Cargo.lock.
 */

const folder = ({ target, version }) =>
  join(cache, `${target}-${keyOf(readFileSync(at('Cargo.lock'), 'utf8'), ...version)}`);

/** Fills a build folder that is not there yet from what an earlier clone left. @param {Seed} seed */
export async function sow(seed) {
  const to = at('target', seed.target);
  const from = folder(seed);
  if (existsSync(to) || !existsSync(from)) return;
  mkdirSync(at('target'), { recursive: true });
  await copyWhole(from, to);
}

/** Leaves the compiled dependencies of a build folder to the next clone. @param {Seed} seed */
export async function keepSeed(seed) {
  const to = folder(seed);
  if (existsSync(to)) return;
  mkdirSync(cache, { recursive: true });
  const others = readdirSync(cache).filter((name) => name.startsWith(`${seed.target}-`));
  await copyWhole(at('target', seed.target), to, removeOwn);
  for (const name of others)
    if (/-[0-9a-f]{12}$/.test(name) && name.replace(/-[0-9a-f]{12}$/, '') === seed.target)
      rmSync(join(cache, name), { recursive: true, force: true });
}

/** Times are copied too, cargo compares them; a copy that is cut off leaves nothing. */
async function copyWhole(from, to, mend = () => {}) {
  const unfinished = `${to}.${process.pid}`;
  await run('cp', ['-a', from, unfinished]);
  mend(unfinished);
  try {
    renameSync(unfinished, to);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another build was faster.
    if (!existsSync(to)) throw error;
  }
}

function removeOwn(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (OWN.test(entry.name)) rmSync(path, { recursive: true, force: true });
    else if (entry.isDirectory()) removeOwn(path);
  }
}
