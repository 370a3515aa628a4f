// The lint suite: formatters, linters and compilers of three languages, and the licences of what is
// published. A check prints what it found; here it only counts.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isAllowed, shippedCrates, shippedNpmPackages } from '../../src/build/licences.mjs';
import { makeNotices, NOTICES } from '../../src/build/notices.mjs';
import { pythonEnvironment } from '../../src/build/python.mjs';
import { run, Stop } from '../../src/build/run.mjs';
import { wasmToolchain } from '../../src/build/toolchain.mjs';
import { cargoForWasm } from '../../src/build/wasm.mjs';

const DENY_WARNINGS = ['--', '-D', 'warnings'];

/** Each check throws `Stop` when it finds something. */
function checks(root) {
  const bin = (name) => join(root, 'node_modules/.bin', name);
  const ruff = async (...args) =>
    run(join((await pythonEnvironment()).bin, 'ruff'), [...args, 'src/py', 'tests'], { cwd: root });
  const here = { cwd: root };
  return {
    'cargo fmt': () => run('cargo', ['fmt', '--check'], here),
    'cargo fmt of the fuzz targets': () =>
      run('cargo', ['fmt', '--check', '--manifest-path', 'tests/fuzz/Cargo.toml'], here),
    'clippy on the host': () =>
      run(
        'cargo',
        ['clippy', '-q', '--all-targets', '--features', 'threads,codecs', ...DENY_WARNINGS],
        here,
      ),
    'clippy of joblite.wasm': () => cargoForWasm('core', 'clippy', DENY_WARNINGS),
    'clippy of joblite_codecs.wasm': () => cargoForWasm('codecs', 'clippy', DENY_WARNINGS),
    'clippy of joblite_threads.wasm': () => cargoForWasm('threads', 'clippy', DENY_WARNINGS),
    biome: () => run(bin('biome'), ['ci', '--colors=off', '--max-diagnostics=50', '.'], here),
    tsc: () => run(bin('tsc'), ['-p', root, '--noEmit'], here),
    'tsc of the demo page': () => run(bin('tsc'), ['-p', join(root, 'www'), '--noEmit'], here),
    'ruff check': () => ruff('check'),
    'ruff format': () => ruff('format', '--check'),
    'licences of what is published': checkLicences,
    'THIRD-PARTY-NOTICES.md is up to date': checkNotices,
  };
}

async function checkLicences() {
  const refused = [...(await shippedCrates()), ...shippedNpmPackages()].filter(
    ({ license }) => !isAllowed(license),
  );
  if (refused.length)
    throw new Stop(
      `not allowed: ${refused.map(({ name, license }) => `${name} (${license})`).join(', ')}`,
    );
}

async function checkNotices() {
  const written = existsSync(NOTICES) ? readFileSync(NOTICES, 'utf8') : '';
  if (written !== (await makeNotices()))
    throw new Stop('run npm run notices and commit THIRD-PARTY-NOTICES.md');
}

export default {
  name: 'lint',
  about: 'formatters, linters, types and licences',
  async run({ root, log, only }) {
    const result = { passed: 0, failed: 0, skipped: [] };
    const { hasClippy, about } = await wasmToolchain(log);
    for (const [name, check] of Object.entries(checks(root))) {
      if (only.length && !only.some((word) => name.includes(word))) continue;
      if (/^clippy of/.test(name) && !hasClippy) {
        result.skipped.push({ name, why: `there is no clippy for ${about}` });
        continue;
      }
      try {
        await check();
        result.passed++;
      } catch (stop) {
        if (!(stop instanceof Stop)) throw stop;
        log(`FAILED ${name}: ${stop.message}`);
        result.failed++;
      }
    }
    return result;
  },
};
