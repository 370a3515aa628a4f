// Hostile files in the engine as it is shipped: real ones damaged at every place, and bombs. Whatever comes
// of them is a value or a typed error, the engine goes on, and its memory stays small.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { before, describe, it } from 'node:test';
import { concatenate, internals } from '../fixtures/internals.mjs';
import { BOMBS } from './bombs.mjs';

const root = resolve(import.meta.dirname, '../..');

/** How much of the engine's memory a file may come to take: a node and its place in a list for each byte. */
const memoryLimit = (bytes) => (64 << 20) + 128 * bytes;

const CODES = ['CORRUPT_DATA', 'TOO_LARGE', 'UNSUPPORTED_OPCODE', 'UNSUPPORTED_DTYPE'];

describe('hostile files', () => {
  let values;
  let files;
  before(async () => {
    values = await internals(root);
    const json = readFileSync(resolve(root, 'tests/fixtures/joblib-files.json'), 'utf8');
    files = JSON.parse(json).files.map(({ file, ...rest }) => ({
      ...rest,
      bytes: new Uint8Array(Buffer.from(file, 'base64')),
    }));
  });

  /** Loads a file and, if that goes, dumps what it gave. Gives 'ok' or the code of the error. */
  function use(bytes, title) {
    let value;
    try {
      value = values.fromTape(values.pickleToTape(values.engine, [bytes]));
    } catch (error) {
      assert.ok(CODES.includes(error.code), `${title}: ${error.code} ${error.stack}`);
      const { offset } = error.details;
      const inside = Number.isSafeInteger(offset) && offset >= 0 && offset <= bytes.length;
      assert.ok(inside, `${title}: ${error.message}, of ${bytes.length} bytes`);
      return error.code;
    }
    let again;
    try {
      again = values.tapeToPickle(values.engine, values.toTape(value)).parts;
    } catch (error) {
      // A damaged file may hold what no file can: a set in itself, too deep a value.
      assert.ok(
        ['UNSUPPORTED_VALUE', 'TOO_LARGE'].includes(error.code),
        `${title}: ${error.stack}`,
      );
      return 'ok';
    }
    values.fromTape(values.pickleToTape(values.engine, [concatenate(again)]));
    return 'ok';
  }

  const memory = () => values.engine.engineMemory().buffer.byteLength;

  it('load, undamaged', () => {
    assert.ok(files.length > 200);
    for (const { name, from, bytes } of files) assert.equal(use(bytes, `${name} of ${from}`), 'ok');
  });

  it('cut at any byte are errors', () => {
    for (const { name, bytes } of files) {
      for (let length = 0; length < bytes.length; length++) {
        const title = `${name}, ${length} bytes`;
        assert.notEqual(use(bytes.subarray(0, length), title), 'ok', title);
      }
    }
  });

  it('with any bit flipped are a value or an error', () => {
    const start = memory();
    let count = 0;
    for (const { name, bytes } of files) {
      const damaged = bytes.slice();
      // All bits of all files take too long: each byte has one, and its neighbours have the others.
      for (let at = 0; at < bytes.length; at++) {
        const mask = 1 << ((at + count++) % 8);
        damaged[at] ^= mask;
        use(damaged, `${name}, byte ${at} ^ ${mask}`);
        damaged[at] ^= mask;
      }
    }
    assert.ok(memory() - start < memoryLimit(0), `${memory() - start} bytes`);
  });

  for (const [title, make, expected] of BOMBS) {
    it(`bomb: ${title}`, () => {
      const start = memory();
      const bytes = make();
      const code = use(bytes, title);
      if (expected !== undefined) assert.equal(code, expected);
      const grown = memory() - start;
      assert.ok(grown < memoryLimit(bytes.length), `${grown} bytes of memory`);
    });
  }
});
