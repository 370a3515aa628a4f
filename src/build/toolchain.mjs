// The Rust toolchain that builds wasm. It needs the source of the standard library, which is rebuilt
// for SIMD and for atomics. rustup's pinned nightly where it is there or can be fetched, else
// Debian's rustc-web, whose rust-web-src holds that source with its dependencies.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { aptInstall } from './apt.mjs';
import { cache, compareVersions } from './places.mjs';
import { answer, run, Stop } from './run.mjs';

/** Of the same Rust version as Debian's 1.96, so that both build alike. */
const NIGHTLY = 'nightly-2026-04-10';
const MINIMUM_RUSTC = '1.96';
const MINIMUM_LLVM = 22;
/** A fetch that takes longer than this is taken for a network that lets nothing through. */
const FETCH_LIMIT_MS = 120_000;

/**
 * @typedef {{ about: string, cargo: string[], env: Record<string, string>, hasClippy: boolean }} Toolchain
 *   `cargo`: the command and its first arguments; `env`: what it needs in its environment.
 */

/** The toolchain, installed where it is missing. @returns {Promise<Toolchain>} */
export async function wasmToolchain(log) {
  if (await hasNightly(log)) return nightlyToolchain();
  await aptInstall(
    [
      { name: 'rustc-web', has: () => debianRustc() !== null },
      {
        name: 'cargo-web',
        has: () => compareVersions(versionOf('/usr/bin/cargo') ?? '0', MINIMUM_RUSTC) >= 0,
      },
      { name: 'rust-web-src', has: () => hasSource('/usr/bin/rustc') },
      { name: `lld-${MINIMUM_LLVM}`, has: () => wasmLd() !== null },
    ],
    log,
  );
  return {
    about: `Debian's rustc ${debianRustc()}, ${answer(wasmLd(), ['--version'])}`,
    cargo: ['/usr/bin/cargo'],
    env: {
      RUSTC: '/usr/bin/rustc',
      // `-Z build-std` in a release compiler.
      RUSTC_BOOTSTRAP: '1',
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: wasmLd(),
    },
    hasClippy: existsSync('/usr/bin/cargo-clippy'),
  };
}

function nightlyToolchain() {
  return {
    about: `rustup's ${NIGHTLY}: ${answer('rustc', [`+${NIGHTLY}`, '--version'])}`,
    cargo: ['cargo', `+${NIGHTLY}`],
    env: {},
    hasClippy: answer('cargo', [`+${NIGHTLY}`, 'clippy', '--version']) !== null,
  };
}

/** Whether the nightly is installed; fetched if it can be. That it cannot is remembered. */
async function hasNightly(log) {
  if (answer('rustup', ['--version']) === null) return false;
  const isThere = () =>
    answer('rustup', ['run', NIGHTLY, 'rustc', '--version']) !== null &&
    hasSource('rustc', `+${NIGHTLY}`);
  if (isThere()) return true;
  const remembered = join(cache, `no-${NIGHTLY}`);
  if (existsSync(remembered)) return false;
  log(`rustup toolchain install ${NIGHTLY} (at most ${FETCH_LIMIT_MS / 1000} s)`);
  const args = [
    'toolchain',
    'install',
    NIGHTLY,
    '--profile',
    'minimal',
    '--component',
    'rust-src',
    '--component',
    'clippy',
    '--no-self-update',
  ];
  try {
    await run('rustup', args, {
      limitMs: FETCH_LIMIT_MS,
      silent: true,
      env: { RUSTUP_MAX_RETRIES: '0' },
    });
    if (isThere()) return true;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  mkdirSync(cache, { recursive: true });
  writeFileSync(
    remembered,
    `rustup could not fetch ${NIGHTLY}; delete this file to have it tried again\n`,
  );
  log(
    `rustup cannot fetch ${NIGHTLY} here (remembered in ${remembered}); Debian's toolchain is used`,
  );
  return false;
}

function hasSource(rustc, ...args) {
  const sysroot = answer(rustc, [...args, '--print', 'sysroot']);
  return (
    sysroot !== null && existsSync(join(sysroot, 'lib/rustlib/src/rust/library/std/Cargo.toml'))
  );
}

function versionOf(command) {
  return existsSync(command) ? (answer(command, ['--version'])?.split(' ')[1] ?? null) : null;
}

function debianRustc() {
  const version = versionOf('/usr/bin/rustc');
  return version && compareVersions(version, MINIMUM_RUSTC) >= 0 ? version : null;
}

/** The newest wasm-ld that is new enough. */
function wasmLd() {
  const versions = readdirSync('/usr/lib')
    .map((name) => Number(name.match(/^llvm-(\d+)$/)?.[1] ?? 0))
    .filter(
      (version) => version >= MINIMUM_LLVM && existsSync(`/usr/lib/llvm-${version}/bin/wasm-ld`),
    );
  return versions.length ? `/usr/lib/llvm-${Math.max(...versions)}/bin/wasm-ld` : null;
}

/**
 * What rustc must rewrite so that no path of this machine stands in its output. The working tree is
 * not among them: cargo compiles it by relative paths, and a path in the flags would make every
 * clone rebuild its dependencies.
 */
export function remapFlags(toolchain) {
  const [rustc, ...args] = toolchain.env.RUSTC
    ? [toolchain.env.RUSTC]
    : ['rustc', toolchain.cargo[1]];
  const source = join(answer(rustc, [...args, '--print', 'sysroot']), 'lib/rustlib/src/rust');
  const real = answer('realpath', [source]) ?? source;
  const cargoHome = process.env.CARGO_HOME || join(homedir(), '.cargo');
  return [...new Set([`${source}=/rust`, `${real}=/rust`, `${cargoHome}=/cargo`])].map(
    (remap) => `--remap-path-prefix=${remap}`,
  );
}
