// Set-up: brings a fresh Debian 12 (node, npm, rustup's stable toolchain, Python 3.11) to where the
// other scripts can run. Every step finds out by itself whether it is done. A command asks only for
// the parts it needs: `node src/build/setup.mjs [packages] [wasm] [browsers] [python]`, all without.
// Node builtins only: this runs before `npm ci`.

import { existsSync, readFileSync } from 'node:fs';

import { aptInstall } from './apt.mjs';
import { at, compareVersions, root } from './places.mjs';
import { pythonEnvironment } from './python.mjs';
import { answer, asCommand, run, Stop } from './run.mjs';
import { wasmToolchain } from './toolchain.mjs';
import { cargoInstall, geckodriver, wasmBindgen } from './tools.mjs';

const MINIMUM_NODE = '20';

const steps = { packages, wasm, browsers, python };

/** @param {(keyof typeof steps)[]} parts */
export async function setup(parts, log = console.log) {
  if (compareVersions(process.versions.node, MINIMUM_NODE) < 0)
    throw new Stop(`node ${process.versions.node} is too old: install ${MINIMUM_NODE} or later`);
  for (const part of parts) log(`${part}: ${await steps[part](log)}`);
}

/**
 * npm packages, those of package-lock.json. Not by `npm ci`, which refuses a lock file that lacks an
 * optional package of another platform, and a registry need not have them all; `npm install` takes
 * the locked versions as well, and checks them by their hashes.
 */
async function packages(log) {
  if (!npmIsDone()) {
    log('npm install, by package-lock.json');
    await run('npm', ['install', '--no-save', '--no-audit', '--no-fund'], {
      cwd: root,
      stop: 'npm install failed; is the npm registry within reach?',
    });
  }
  return `node ${process.versions.node}, npm packages as locked`;
}

/** npm leaves a copy of the lock file's entries of what it installed. */
function npmIsDone() {
  const installed = at('node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const there = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || there[path]?.version === version || (optional && !there[path]),
  );
}

async function wasm(log) {
  const toolchain = await wasmToolchain(log);
  const path = await cargoInstall(wasmBindgen(), log);
  return `${toolchain.about}; ${answer(path, ['--version'])}; host ${answer('cargo', ['--version'])}`;
}

async function browsers(log) {
  const files = {
    chromium: '/usr/bin/chromium',
    'chromium-driver': '/usr/bin/chromedriver',
    'firefox-esr': '/usr/bin/firefox-esr',
    'webkit2gtk-driver': '/usr/bin/WebKitWebDriver',
    xvfb: '/usr/bin/Xvfb',
    xauth: '/usr/bin/xauth',
  };
  await aptInstall(
    Object.entries(files).map(([name, file]) => ({ name, has: () => existsSync(file) })),
    log,
  );
  const path = await cargoInstall(geckodriver(), log);
  // dpkg-query's own placeholder.
  const FORMAT = '$' + '{Version}';
  const versions = [
    answer(files.chromium, ['--version', '--no-sandbox']),
    answer(files['firefox-esr'], ['--version']),
    `WebKitGTK ${answer('dpkg-query', ['-W', '-f', FORMAT, 'webkit2gtk-driver']) ?? '(version unknown)'}`,
    answer(path, ['--version'])?.split('\n')[0],
  ];
  return versions.join('; ');
}

async function python(log) {
  const { about } = await pythonEnvironment(log);
  return about;
}

await asCommand(import.meta.url, async (args) => {
  const unknown = args.find((part) => !(part in steps));
  if (unknown)
    throw new Stop(`there is no part ${unknown}; the parts are ${Object.keys(steps).join(', ')}`);
  await setup(args.length ? args : Object.keys(steps));
});
