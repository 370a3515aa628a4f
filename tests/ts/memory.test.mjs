// Memory under Node, which has no IndexedDB: results are kept for the life of the process, and the
// process is told so once. Each test runs a process of its own.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const index = new URL('../../dist/index.js', import.meta.url).href;

async function node(script) {
  const args = ['--input-type=module', '--eval', `import * as joblite from '${index}';\n${script}`];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  return { output: JSON.parse(stdout), errors: stderr.trim().split('\n').filter(Boolean) };
}

test('results are kept for the life of the process, which is said once', async () => {
  const { output, errors } = await node(`
    let runs = 0;
    const body = (n) => { runs += 1; return { data: new Float64Array(n) }; };
    const f = new joblite.Memory('cache').cache(body, { name: 'f' });
    const g = new joblite.Memory('cache').cache(body, { name: 'f' });
    (await f(2000)).data.fill(1);
    const again = await g(2000);
    const memory = new joblite.Memory('cache');
    const items = await memory.items({ metadata: true });
    console.log(JSON.stringify({ runs, sum: again.data[7], funcId: items[0].funcId, args: items[0].metadata.inputArgs }));
  `);
  assert.deepEqual(output, { runs: 1, sum: 0, funcId: 'js/f', args: { n: '2000' } });
  assert.equal(errors.length, 1);
  assert.match(errors[0], /^joblite: there is no IndexedDB to use .* until this process ends$/);
});

test('closing forgets nothing where there is no IndexedDB to keep it', async () => {
  const { output } = await node(`
    let runs = 0;
    const memory = new joblite.Memory('cache');
    const f = memory.cache((x) => { runs += 1; return x; }, { name: 'f' });
    await f(1);
    await memory.close();
    await f(1);
    console.log(JSON.stringify(runs));
  `);
  assert.equal(output, 1);
});

test('the memory backend is what was asked for: nothing is said', async () => {
  const { output, errors } = await node(`
    const memory = new joblite.Memory('cache', { backend: 'memory' });
    const f = memory.cache((x) => x + 1, { name: 'f' });
    const results = await Promise.all([f(1), f(1), f(2)]);
    await memory.close();
    console.log(JSON.stringify(results));
  `);
  assert.deepEqual(output, [2, 2, 3]);
  assert.deepEqual(errors, []);
});

test('without the wasm engine a call computes from its arguments as they were, and says why once', async () => {
  const { output, errors } = await node(`
    joblite.init({ wasmUrl: 'file:///nonexistent/joblite.wasm' });
    const memory = new joblite.Memory('cache', { backend: 'memory' });
    const twice = memory.cache(({ n }) => 2 * n, { name: 'twice' });
    const argument = { n: 2 };
    const first = twice(argument);
    argument.n = 100;
    console.log(JSON.stringify([await first, await twice({ n: 3 })]));
  `);
  assert.deepEqual(output, [4, 6]);
  assert.equal(errors.length, 1);
  assert.match(errors[0], /^joblite: .*joblite\.wasm could not be loaded/);
});

test('parameter names are found whatever the function looks like', async () => {
  const { output } = await node(`
    const memory = new joblite.Memory('cache', { backend: 'memory' });
    const functions = {
      arrow: x => x,
      asyncArrow: async x => x,
      defaults: (x = ')', y = { a: [1, 2] }, /* , z */ ...rest) => x,
      named: async function* named(x, y) {},
      method: { method(x, { a, b }, y) { return x; } }.method,
      keyword: { async ['a(b'](x, y) { return x; } }['a(b'],
    };
    const found = {};
    for (const [name, fn] of Object.entries(functions)) {
      const refuse = () => memory.cache(fn, { name, ignore: ['no such'] });
      try { refuse(); } catch (error) { found[name] = /parameters are: (.*)\\. A position/.exec(error.message)[1]; }
    }
    console.log(JSON.stringify(found));
  `);
  assert.deepEqual(output, {
    arrow: 'x',
    asyncArrow: 'x',
    defaults: 'x, y, rest',
    named: 'x, y',
    method: 'x, y',
    keyword: 'x, y',
  });
});
