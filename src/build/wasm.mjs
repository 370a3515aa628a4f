// From the crate to dist/joblite.wasm, joblite_codecs.wasm and joblite_threads.wasm, and the generated glue in
// src/ts/generated, which is never edited and never public.

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { at, root } from './places.mjs';
import { run } from './run.mjs';
import { keepSeed, sow } from './seed.mjs';
import { remapFlags, wasmToolchain } from './toolchain.mjs';
import { cargoInstall, wasmBindgen } from './tools.mjs';

const SIMD = ['simd128', 'bulk-memory', 'mutable-globals', 'sign-ext', 'nontrapping-fptoint'];
const GENERATED = at('src/ts/generated');

/** What makes memory shared, and what wasm-bindgen needs exported to start threads in it. */
const SHARED_MEMORY = [
  '--shared-memory',
  '--import-memory',
  '--max-memory=1073741824',
  '--export=__wasm_init_tls',
  '--export=__tls_size',
  '--export=__tls_align',
  '--export=__tls_base',
];

/** The wasm modules that the one crate becomes. */
const MODULES = {
  /** Everything but those of the others, without threads. */
  core: { name: 'joblite', feature: 'npm', target: 'wasm', features: SIMD, linkArgs: [] },
  /** The compressors, which few pages need. Shares the dependencies that core has compiled. */
  codecs: {
    name: 'joblite_codecs',
    feature: 'codecs',
    target: 'wasm',
    features: SIMD,
    linkArgs: [],
  },
  /** Synchronous kernels on rayon threads. */
  threads: {
    name: 'joblite_threads',
    feature: 'threads',
    target: 'wasm-threads',
    features: [...SIMD, 'atomics'],
    linkArgs: SHARED_MEMORY,
  },
};

/**
 * Runs cargo as a module's build does, `build`, `clippy` or the like.
 *
 * @param {keyof typeof MODULES} which
 * @param {string[]} [more] arguments after cargo's own
 */
export async function cargoForWasm(which, command, more = []) {
  const { feature, target, features, linkArgs } = MODULES[which];
  const toolchain = await wasmToolchain(console.log);
  const flags = [
    '-C',
    `target-feature=${features.map((name) => `+${name}`).join(',')}`,
    ...linkArgs.flatMap((arg) => ['-C', `link-arg=${arg}`]),
    ...remapFlags(toolchain),
  ];
  const args = [command, '--release', '--target', 'wasm32-unknown-unknown'];
  const std = ['-Z', 'build-std=panic_abort,std'];
  const crate = ['--features', feature, '--target-dir', at('target', target)];
  const seed = { target, version: [toolchain.about, ...flags] };
  await sow(seed);
  await run(toolchain.cargo[0], [...toolchain.cargo.slice(1), ...args, ...std, ...crate, ...more], {
    cwd: root,
    env: { ...toolchain.env, CARGO_ENCODED_RUSTFLAGS: flags.join('\x1f') },
  });
  if (command === 'build') await keepSeed(seed);
}

/** Makes the module and its glue; what is newer than the crate's own output is left. */
export async function buildModule(which, log) {
  const { name, target, features } = MODULES[which];
  await cargoForWasm(which, 'build');
  const bare = at('target', target, 'wasm32-unknown-unknown/release/joblite.wasm');
  const bound = join(GENERATED, `${name}_bg.wasm`);
  const glue = join(GENERATED, `${name}.js`);
  const optimised = at('dist', `${name}.wasm`);
  const made = [bound, glue, optimised];
  const sources = [bare, at('src/build/wasm.mjs')];
  if (
    made.every(
      (file) => existsSync(file) && sources.every((source) => timeOf(file) >= timeOf(source)),
    )
  )
    return;

  mkdirSync(GENERATED, { recursive: true });
  mkdirSync(at('dist'), { recursive: true });
  const bindgen = await cargoInstall(wasmBindgen(), log);
  const options = ['--target', 'web', '--omit-default-module-path'];
  await run(bindgen, [...options, '--out-dir', GENERATED, '--out-name', name, bare]);
  const optimise = ['-O3', ...optimiserFeatures(features)];
  await run(at('node_modules/.bin/wasm-opt'), [...optimise, bound, '-o', optimised]);
}

const timeOf = (file) => statSync(file).mtimeMs;

/** wasm-opt's names for rustc's features. wasm-bindgen adds reference types, rustc multivalue. */
function optimiserFeatures(features) {
  const names = {
    simd128: 'simd',
    'bulk-memory': 'bulk-memory',
    'mutable-globals': 'mutable-globals',
    'sign-ext': 'sign-ext',
    'nontrapping-fptoint': 'nontrapping-float-to-int',
    atomics: 'threads',
  };
  return [
    ...features.map((name) => names[name]),
    'bulk-memory-opt',
    'reference-types',
    'multivalue',
  ].map((name) => `--enable-${name}`);
}
