// Debian packages. What is there already, by whatever way it came, is left alone.

import { existsSync } from 'node:fs';

import { answer, run, Stop } from './run.mjs';

/**
 * Installs the packages whose file is missing.
 *
 * @param {{ name: string, has: () => boolean }[]} packages
 * @param {(line: string) => void} log
 */
export async function aptInstall(packages, log) {
  const missing = packages.filter(({ has }) => !has()).map(({ name }) => name);
  if (missing.length === 0) return;
  if (!existsSync('/usr/bin/apt-get'))
    throw new Stop(`install these yourself, there is no apt-get here: ${missing.join(' ')}`);
  const asRoot = process.getuid() === 0 ? [] : ['sudo', '-n'];
  const byHand = `run this yourself and start again: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (asRoot.length && answer('sudo', ['-n', 'true']) === null) throw new Stop(byHand);
  log(`apt-get install ${missing.join(' ')}`);
  const aptGet = [
    ...asRoot,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-q',
    '-o',
    'DPkg::Lock::Timeout=300',
  ];
  const apt = (...args) => run(aptGet[0], [...aptGet.slice(1), ...args], { stop: byHand });
  await apt('update');
  await apt('install', '-y', '--no-install-recommends', ...missing);
  const still = packages.filter(({ has }) => !has()).map(({ name }) => name);
  if (still.length)
    throw new Stop(
      `apt-get installed ${still.join(' ')}, but not in a version that will do; upgrade this system's package lists`,
    );
}
