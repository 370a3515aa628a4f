// Tools that cargo builds from source, kept in the cache by version.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { cache, lockedCrate } from './places.mjs';
import { answer, run, Stop } from './run.mjs';

/** The wasm-bindgen command; its version must be the crate's. */
export const wasmBindgen = () =>
  installed('wasm-bindgen', 'wasm-bindgen-cli', lockedCrate('wasm-bindgen'));

/** Firefox's WebDriver. */
export const geckodriver = () => installed('geckodriver', 'geckodriver', '0.37.1');

function installed(binary, crate, version) {
  const folder = join(cache, `${binary}-${version}`);
  return { binary, crate, version, folder, path: join(folder, 'bin', binary) };
}

/** Builds the tool unless it is there; gives its path. */
export async function cargoInstall(tool, log) {
  if (existsSync(tool.path) && answer(tool.path, ['--version'])?.includes(tool.version))
    return tool.path;
  if (answer('cargo', ['--version']) === null)
    throw new Stop('install Rust first: https://rustup.rs, toolchain stable');
  mkdirSync(tool.folder, { recursive: true });
  const args = ['install', tool.crate, '--version', tool.version, '--root', tool.folder];
  log(`cargo install ${tool.crate} ${tool.version} (some minutes, once)`);
  try {
    await run('cargo', [...args, '--locked'], { silent: true });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    // A registry may lack, or have yanked, a version that the tool's own lock file names.
    log(`cargo install ${tool.crate} again, with the newest dependencies that fit`);
    await run('cargo', args, {
      stop: `cargo install ${tool.crate} --version ${tool.version} failed; is the crates registry within reach?`,
    });
  }
  return tool.path;
}
