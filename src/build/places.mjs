// Where things are, and what the lock files say.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the working tree. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What is built once for a machine: tools, the Python environment, compiled dependencies. */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'joblite');

/** A file of the working tree, by its path from the top. */
export const at = (...path) => join(root, ...path);

/** The version of a crate in Cargo.lock. */
export function lockedCrate(name) {
  const match = readFileSync(at('Cargo.lock'), 'utf8').match(
    new RegExp(`name = "${name}"\nversion = "([^"]+)"`),
  );
  if (!match) throw new Error(`${name} is not in Cargo.lock`);
  return match[1];
}

/** A short key for texts that decide whether something must be made anew. */
export function keyOf(...texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex').slice(0, 12);
}

/** -1, 0 or 1 for versions such as `1.96.0`; what follows the numbers is not compared. */
export function compareVersions(a, b) {
  const numbers = (version) =>
    version
      .split(/[^0-9]+/)
      .filter(Boolean)
      .slice(0, 3)
      .map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference) return Math.sign(difference);
  }
  return 0;
}
