// The package as a whole under Node: it imports, its engine loads from a file, its names are those
// that are promised.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** Runs a module's text in a Node of its own, in the package's folder, so that it imports itself by name. */
function runModule(text) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', text],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

test('importing touches no global of the browser and starts nothing', () => {
  const globals = [
    'window',
    'document',
    'self',
    'indexedDB',
    'Worker',
    'navigator',
    'caches',
    'location',
    'BroadcastChannel',
  ];
  const touched = runModule(`
    const touched = [];
    for (const name of ${JSON.stringify(globals)}) {
      Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); return undefined; } });
    }
    await import('joblite');
    await import('joblite/files');
    await import('joblite/worker');
    console.log(JSON.stringify(touched));
  `);
  assert.deepEqual(JSON.parse(touched), []);
});

test('a process that only imports the package ends by itself', () => {
  assert.equal(
    runModule(
      `import 'joblite'; import 'joblite/files'; import 'joblite/worker'; console.log('done');`,
    ),
    'done',
  );
});

test('every file that the exports name is there', () => {
  for (const targets of Object.values(manifest.exports)) {
    for (const path of typeof targets === 'string' ? [targets] : Object.values(targets)) {
      assert.ok(readFileSync(new URL(path, root)).length > 0, path);
    }
  }
});

test('crate, npm package and lock files have one version', () => {
  const cargo = readFileSync(new URL('Cargo.toml', root), 'utf8');
  const lock = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'));
  assert.equal(cargo.match(/^version = "(.*)"$/m)[1], manifest.version);
  assert.equal(lock.version, manifest.version);
});

test('the public names are those that are promised, and no others', async () => {
  const python = ['DataFrame', 'NDArray', 'PyDateTime', 'PyFrozenSet', 'PyObject', 'PyTuple'];
  const kept = ['Memory', 'MemorizedResult', 'NotMemorizedResult'];
  const classes = [...kept, 'Series', ...python];
  const errors = ['Format', 'Joblite', 'Setup', 'Store', 'Task', 'Unsupported'];
  const functions = [
    'Parallel',
    'cpuCount',
    'delayed',
    'dump',
    'effectiveNJobs',
    'environment',
    'expiresAfter',
    'fromModule',
    'hash',
    'init',
    'load',
    'parallelMap',
    'registerCompressor',
    'registerStoreBackend',
    'registerValueType',
    'transfer',
    'workerTasks',
  ];
  const promised = [...classes, ...errors.map((name) => `${name}Error`), ...functions];
  assert.deepEqual(Object.keys(await import('joblite')).sort(), promised.sort());
  const index = await import('joblite');
  const files = await import('joblite/files');
  const ofFiles = ['dump', 'hash', 'init', 'load', 'registerCompressor', 'registerValueType'];
  const beside = [...kept, 'StoreError'];
  assert.deepEqual(
    Object.keys(files).sort(),
    [...classes, ...errors.map((name) => `${name}Error`), ...ofFiles]
      .filter((name) => !beside.includes(name))
      .sort(),
  );
  for (const name of Object.keys(files)) assert.equal(files[name], index[name], name);
  assert.deepEqual(Object.keys(await import('joblite/worker')).sort(), ['exposeTasks', 'transfer']);
});
