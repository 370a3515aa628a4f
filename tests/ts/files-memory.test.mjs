// A large array goes through dump and load with at most 64 MiB beside it: 256 MB here, and as many as
// JOBLITE_LARGE_MB says. Each direction in a Node of its own, whose peak the operating system tells.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

const root = new URL('../../', import.meta.url);
const NBYTES = Number(process.env.JOBLITE_LARGE_MB ?? 256) * 1e6;
const BESIDE = 64 * 2 ** 20;

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'joblite-memory-'));
});
after(() => rm(folder, { recursive: true }));

/** Bytes that `body` needed at most, beyond what was in use when `measure()` was called in it. */
function beyond(body, ...args) {
  const text = `
    import { createReadStream } from 'node:fs';
    import { Readable } from 'node:stream';
    import { dump, load } from 'joblite';
    const [path, name, nbytes] = JSON.parse(process.argv[1]);
    const compress = name === 'none' ? 0 : name;
    // The engine and its compressors are loaded.
    await load(await dump(new Float64Array(1 << 18), { compress }));
    let base;
    const measure = () => { globalThis.gc(); base = process.memoryUsage().rss; };
    ${body}
    console.log(process.resourceUsage().maxRSS * 1024 - base);
  `;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '-e', text, JSON.stringify([...args, NBYTES])],
    { cwd: root, encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  return Number(stdout);
}

const DUMP = `
  const array = new Float64Array(nbytes / 8);
  for (let i = 0; i < array.length; i++) array[i] = i % 1000;
  measure();
  await dump({ array }, path, { compress });
`;
const check = `
  if (array.length !== nbytes / 8) throw new Error('length ' + array.length);
  for (let i = 0; i < array.length; i += 997) if (array[i] !== i % 1000) throw new Error('item ' + i);
`;
const LOAD = `measure(); const { array } = await load(path); ${check}`;
const LOAD_STREAM = `measure(); const { array } = await load(Readable.toWeb(createReadStream(path))); ${check}`;

describe('an array larger than what is free beside it', () => {
  for (const name of ['none', 'zlib']) {
    it(`goes into a file and back, ${name === 'none' ? 'uncompressed' : name}`, async () => {
      const path = join(folder, `${name}.joblib`);
      const dumped = beyond(DUMP, path, name);
      assert.ok(dumped < BESIDE, `dump took ${dumped / 2 ** 20} MiB beside the array`);
      const { size } = await stat(path);
      if (name === 'none') assert.ok(size > NBYTES);
      else assert.ok(size < NBYTES / 2);
      for (const [what, body] of Object.entries({ path: LOAD, stream: LOAD_STREAM })) {
        const loaded = beyond(body, path, name) - NBYTES;
        assert.ok(
          loaded < BESIDE,
          `load of a ${what} took ${loaded / 2 ** 20} MiB beside the array`,
        );
      }
    });
  }
});
