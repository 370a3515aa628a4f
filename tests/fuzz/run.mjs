// `npm run fuzz [-- TARGET...] [-- SECONDS]`: builds the fuzz targets with libFuzzer and runs each for so
// many seconds (60), from the seeds in corpus/, files of joblib's, and what earlier runs found, which
// stays in tests/.cache.
//
// Without cargo-fuzz, which wants a nightly for the flags that stable has as well: coverage is a pass of
// LLVM's, so that any toolchain builds the targets. No sanitizer of addresses: the crate has no unsafe
// code. What hangs, or takes too much memory, is found like a panic.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { aptInstall } from '../../src/build/apt.mjs';
import { at, root } from '../../src/build/places.mjs';
import { answer, asCommand, run, Stop } from '../../src/build/run.mjs';

const folder = join(import.meta.dirname, 'targets');

/**
 * Targets with a folder of seeds of their own in corpus/. The others read files: those in files/, and in
 * found/ what once was a fault.
 */
const SEEDS = { stream_reads_back: 'streams', tape_reads_back: 'tapes' };

export const TARGETS = readdirSync(folder)
  .filter((name) => name.endsWith('.rs'))
  .map((name) => name.slice(0, -3));

/** Real files of the oldest and the newest joblib, as seeds of the targets that read files. */
const JOBLIB_FILES = at('tests/fixtures/joblib-files.json');

/** As cargo-fuzz: counters for each edge, and what is compared with what. */
const COVERAGE = [
  '--cfg',
  'fuzzing',
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
];

/** An input that takes longer, or more memory, is a finding; so is one allocation of half of that. */
const LIMITS = ['-timeout=20', '-rss_limit_mb=2560', '-malloc_limit_mb=1280', '-max_len=16384'];

/** Builds the targets; gives the folder that they are in. */
export async function buildTargets(log) {
  const host = answer('rustc', ['-vV'])?.match(/^host: (.*)$/m)?.[1];
  if (host === undefined) throw new Stop('install Rust first: https://rustup.rs, toolchain stable');
  // libFuzzer is C++.
  await aptInstall([{ name: 'g++', has: () => answer('c++', ['--version']) !== null }], log);
  log('cargo build of the fuzz targets');
  // With a target given, the flags are not for build scripts.
  const args = ['build', '--release', '--locked', '--target', host];
  const places = [
    '--manifest-path',
    join(import.meta.dirname, 'Cargo.toml'),
    '--target-dir',
    at('target/fuzz'),
  ];
  await run('cargo', [...args, ...places], {
    cwd: root,
    env: { CARGO_ENCODED_RUSTFLAGS: COVERAGE.join('\x1f') },
  });
  return at('target/fuzz', host, 'release');
}

/**
 * Runs one target for so many seconds, with what earlier runs found and another seed each time; or, with
 * `runs`, that many times from a fresh corpus and the same seed, which gives the same inputs for the same build.
 * Gives the number of executions.
 *
 * @param {{ seconds: number } | { runs: number }} limit
 * @throws Stop with what libFuzzer says of a finding, where its input is, and the input in base64
 */
export async function fuzz(binaries, target, limit, log) {
  const isFixed = 'runs' in limit;
  const found = at(isFixed ? 'tests/.cache/fuzz-fixed' : 'tests/.cache/fuzz', target);
  const artifacts = at('tests/.cache/fuzz-findings');
  if (isFixed) rmSync(found, { recursive: true, force: true });
  for (const path of [found, artifacts]) mkdirSync(path, { recursive: true });
  const started = performance.now();
  const folders = target in SEEDS ? [SEEDS[target]] : ['files', 'found'];
  const seeds = folders.map((name) => join(import.meta.dirname, 'corpus', name));
  if (!(target in SEEDS)) seeds.push(joblibFiles());
  const until = isFixed
    ? [`-runs=${limit.runs}`, '-seed=1', '-reload=0']
    : [`-max_total_time=${limit.seconds}`];
  // By name: in a folder libFuzzer takes files as the file system lists them.
  const list = `${found}-seeds.txt`;
  const files = seeds.flatMap((path) =>
    readdirSync(path)
      .sort()
      .map((name) => join(path, name)),
  );
  writeFileSync(list, files.join(','));
  const args = [
    ...until,
    `-seed_inputs=@${list}`,
    '-print_final_stats=1',
    '-verbosity=0',
    ...LIMITS,
  ];
  let output = '';
  try {
    // libFuzzer speaks on its standard error.
    const command = '"$0" "$@" 2>&1';
    const all = [...args, `-artifact_prefix=${artifacts}/${target}-`, found];
    output = await run(
      'sh',
      ['-c', command, ...sameAddresses(isFixed), join(binaries, target), ...all],
      { silent: true },
    );
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    throw new Stop(`${target}: ${error.stdout.slice(-4000)}${inputOf(error.stdout)}`);
  }
  const executions = Number(output.match(/stat::number_of_executed_units:\s*(\d+)/)?.[1] ?? 0);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  log(`${target}: ${executions.toLocaleString('en')} executions in ${seconds} s`);
  return executions;
}

/** What starts a command at the same addresses each time, where that is allowed: libFuzzer keeps compares by them. */
function sameAddresses(isFixed) {
  return isFixed && answer('setarch', ['-R', 'true']) !== null ? ['setarch', '-R'] : [];
}

/** The input of a finding, so that a log is enough to reproduce it. */
function inputOf(output) {
  const path = output.match(/Test unit written to (.*)/)?.[1];
  if (path === undefined || !existsSync(path)) return '';
  return `\nits input in base64: ${readFileSync(path).toString('base64')}`;
}

/** The folder in which each of joblib's files is a file. */
function joblibFiles() {
  const seeds = at('tests/.cache/fuzz-seeds');
  mkdirSync(seeds, { recursive: true });
  const { files } = JSON.parse(readFileSync(JOBLIB_FILES, 'utf8'));
  for (const [number, { file }] of files.entries())
    writeFileSync(join(seeds, String(number)), Buffer.from(file, 'base64'));
  return seeds;
}

await asCommand(import.meta.url, async (args) => {
  const words = args.filter((arg) => arg !== '--');
  const seconds = Number(words.find((word) => /^\d+$/.test(word)) ?? 60);
  const chosen = words.filter((word) => !/^\d+$/.test(word));
  const unknown = chosen.find((name) => !TARGETS.includes(name));
  if (unknown) throw new Stop(`there is no target ${unknown}; they are ${TARGETS.join(', ')}`);
  const binaries = await buildTargets(console.log);
  for (const target of chosen.length ? chosen : TARGETS)
    await fuzz(binaries, target, { seconds }, console.log);
});
