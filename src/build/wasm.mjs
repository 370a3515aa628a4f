// From the crate to dist/joblite.wasm and dist/joblite_threads.wasm, and the generated glue in
// src/ts/generated, which is never edited and never public.

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { at, cache, root } from './places.mjs';
import { run } from './run.mjs';
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

/** `joblite.wasm`: everything, without threads. */
export const buildCore = (log) =>
  buildModule(log, {
    name: 'joblite',
    feature: 'npm',
    target: 'wasm',
    features: SIMD,
    linkArgs: [],
  });

/** `joblite_threads.wasm`: synchronous kernels on rayon threads. */
export const buildThreads = (log) =>
  buildModule(log, {
    name: 'joblite_threads',
    feature: 'threads',
    target: 'wasm-threads',
    features: [...SIMD, 'atomics'],
    linkArgs: SHARED_MEMORY,
  });

async function buildModule(log, { name, feature, target, features, linkArgs }) {
  const toolchain = await wasmToolchain(log);
  const flags = [
    '-C',
    `target-feature=${features.map((name) => `+${name}`).join(',')}`,
    ...linkArgs.flatMap((arg) => ['-C', `link-arg=${arg}`]),
    ...remapFlags(toolchain),
  ];
  await run(toolchain.cargo[0], [...toolchain.cargo.slice(1), ...cargoArgs(feature, target)], {
    cwd: root,
    env: {
      ...toolchain.env,
      CARGO_ENCODED_RUSTFLAGS: flags.join('\x1f'),
      // What is compiled on the way is shared by all clones on this machine; the result is not.
      CARGO_BUILD_BUILD_DIR: join(cache, target),
    },
  });
  const bare = at('target', target, 'wasm32-unknown-unknown/release/joblite.wasm');
  const bound = join(GENERATED, `${name}_bg.wasm`);
  const optimised = at('dist', `${name}.wasm`);
  const newer = (file, than) =>
    existsSync(file) && statSync(file).mtimeMs >= statSync(than).mtimeMs;
  if (newer(bound, bare) && newer(optimised, bare) && existsSync(join(GENERATED, `${name}.js`)))
    return;

  mkdirSync(GENERATED, { recursive: true });
  mkdirSync(at('dist'), { recursive: true });
  const bindgen = await cargoInstall(wasmBindgen(), log);
  await run(bindgen, [
    '--target',
    'web',
    '--omit-default-module-path',
    '--out-dir',
    GENERATED,
    '--out-name',
    name,
    bare,
  ]);
  await run(at('node_modules/.bin/wasm-opt'), [
    '-O3',
    ...optimiserFeatures(features),
    bound,
    '-o',
    optimised,
  ]);
}

export function cargoArgs(feature, target, command = 'build') {
  return [
    command,
    '--release',
    '--target',
    'wasm32-unknown-unknown',
    '-Z',
    'build-std=panic_abort,std',
    '--features',
    feature,
    '--target-dir',
    at('target', target),
  ];
}

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
