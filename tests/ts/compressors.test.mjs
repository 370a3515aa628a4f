// joblib's compressors as JavaScript sees them: names, what `compress` means, streams and their errors.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync, inflateSync } from 'node:zlib';

import { compressors } from '../fixtures/internals.mjs';

const root = join(import.meta.dirname, '../..');
const OWN = ['zlib', 'gzip', 'bz2', 'lzma', 'xz', 'lz4'];

let joblite;
before(async () => {
  joblite = await compressors(root);
});

const sample = () => new Uint8Array(readFileSync(join(root, 'tests/rust/scheduler.rs')));

async function compress(name, level, data, piece = data.length) {
  const encoder = await joblite.encoder(name, level);
  const parts = [];
  for (let at = 0; at < data.length; at += piece)
    parts.push(await encoder.write(data.subarray(at, at + piece)));
  parts.push(await encoder.finish());
  encoder.free();
  return new Uint8Array(Buffer.concat(parts));
}

async function decompress(name, file, { piece = file.length, max = 1 << 16 } = {}) {
  const decoder = await joblite.decoder(name);
  const parts = [];
  const drain = async () => {
    for (;;) {
      const some = await decoder.read(max);
      assert.ok(some.length <= max);
      if (some.length === 0) return;
      parts.push(some);
    }
  };
  try {
    for (let at = 0; at < file.length; at += piece) {
      await decoder.write(file.subarray(at, at + piece));
      await drain();
    }
    await decoder.finish();
    await drain();
  } finally {
    decoder.free();
  }
  return new Uint8Array(Buffer.concat(parts));
}

describe('compressors', () => {
  for (const name of OWN) {
    it(`${name} gives back what it took, and finds its own files`, async () => {
      const data = sample();
      const file = await compress(name, 3, data, 5000);
      assert.ok(file.length < data.length / 2);
      assert.equal(joblite.detect(file), name);
      assert.deepEqual(await decompress(name, file, { piece: 700, max: 900 }), data);
    });

    it(`${name} says where a file is damaged`, async () => {
      const file = await compress(name, 3, sample());
      file.fill(0xff, file.length - 200);
      await assert.rejects(decompress(name, file), (error) => {
        assert.equal(error.name, 'FormatError');
        assert.equal(error.code, 'CORRUPT_DATA');
        const { offset } = error.details;
        assert.ok(offset >= 0 && offset <= file.length, `${offset}`);
        return true;
      });
    });

    it(`${name} says that a file is cut off`, async () => {
      const file = await compress(name, 3, sample());
      await assert.rejects(decompress(name, file.subarray(0, -1)), { code: 'CORRUPT_DATA' });
    });
  }

  it("are read by zlib's own functions, and read theirs", async () => {
    const data = sample();
    assert.deepEqual(new Uint8Array(inflateSync(await compress('zlib', 9, data))), data);
    assert.deepEqual(new Uint8Array(gunzipSync(await compress('gzip', 1, data))), data);
    const members = new Uint8Array(
      Buffer.concat([gzipSync(data), gzipSync(data), new Uint8Array(5)]),
    );
    assert.equal((await decompress('gzip', members)).length, 2 * data.length);
  });

  it('a file of joblib before 0.10 is refused with a way out', () => {
    assert.throws(() => joblite.detect(Buffer.from('ZF0x10')), {
      code: 'UNKNOWN_COMPRESSION',
      message: /dump it again with a newer joblib/,
    });
    assert.equal(joblite.detect(Buffer.from([0x80, 5])), undefined);
    assert.equal(joblite.detect(new Uint8Array()), undefined);
  });
});

describe('parseCompress', () => {
  const cases = [
    [0, undefined, null],
    [false, undefined, null],
    [undefined, undefined, null],
    [true, undefined, { name: 'zlib', level: 3 }],
    [5, undefined, { name: 'zlib', level: 5 }],
    ['gzip', undefined, { name: 'gzip', level: 3 }],
    ['bz2', undefined, { name: 'bz2', level: 9 }],
    [['xz', 2], undefined, { name: 'xz', level: 2 }],
    [['xz', 0], undefined, null],
    [['lz4', null], undefined, { name: 'lz4', level: 0 }],
    [['zlib', 1], 'a.gz', { name: 'zlib', level: 1 }],
    [undefined, 'a.pkl', null],
    [undefined, 'a.gz', { name: 'gzip', level: 3 }],
    [7, 'a.lzma', { name: 'lzma', level: 7 }],
    [true, 'a.z', { name: 'zlib', level: 3 }],
    [4, 'a.pkl', { name: 'zlib', level: 4 }],
  ];
  for (const [value, path, expected] of cases) {
    it(`${JSON.stringify(value)} to ${path ?? 'memory'}`, () => {
      assert.deepEqual(joblite.parseCompress(value, path), expected);
    });
  }

  const refused = [
    [10, RangeError, /^Non valid compress level given: "10"\. Possible values are \[0, 1, .*, 9\]/],
    [{}, TypeError, /^Non valid compress level given: "\[object Object\]"/],
    [['zlib', 'x'], TypeError, /^Non valid compress level given: "x"/],
    ['zip', RangeError, /^Non valid compression method given: "zip"\..*'zlib', 'gzip'/],
    [['gzip'], RangeError, /should contain exactly 2 elements: .* you passed \(gzip\)/],
  ];
  for (const [value, Class, message] of refused) {
    it(`refuses ${JSON.stringify(value)} in joblib's words`, () => {
      assert.throws(
        () => joblite.parseCompress(value),
        (error) => {
          assert.ok(error instanceof Class);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});

describe('registerCompressor', () => {
  const streams = (prefix, extension) => ({
    prefix: new Uint8Array(prefix),
    extension,
    compress: () => new CompressionStream('gzip'),
    decompress: () => new DecompressionStream('gzip'),
  });

  it('takes pairs of streams, with limits on what is read at a time', async () => {
    joblite.registerCompressor('gzip', streams([0x1f, 0x8b], '.gzip'), { force: true });
    assert.deepEqual(joblite.parseCompress('gzip'), { name: 'gzip', level: -1 });
    assert.equal(joblite.compressorOf('a.gzip'), 'gzip');
    const data = sample();
    const file = await compress('gzip', -1, data, 9000);
    assert.deepEqual(new Uint8Array(gunzipSync(file)), data);
    assert.deepEqual(await decompress('gzip', file, { piece: 500, max: 333 }), data);
    await assert.rejects(decompress('gzip', file.subarray(0, -1)), { code: 'CORRUPT_DATA' });
  });

  it('keeps the name of another, unless forced', () => {
    assert.throws(() => joblite.registerCompressor('xz', streams([1], '.x')), {
      name: 'RangeError',
      message: "Compressor 'xz' already registered.",
    });
    assert.throws(() => joblite.registerCompressor(3, streams([1], '.x')), {
      name: 'TypeError',
      message: "Compressor name should be a string, '3' given.",
    });
    assert.throws(() => joblite.registerCompressor('new', {}), { name: 'TypeError' });
  });
});

describe('joblite_codecs.wasm', () => {
  it('that is missing is an error with a remedy, and is tried again', async () => {
    const fresh = await compressors(root);
    fresh.setCodecsUrl(pathToFileURL(join(root, 'dist/missing.wasm')));
    await assert.rejects(fresh.decoder('xz'), {
      name: 'SetupError',
      code: 'NOT_INITIALIZED',
      message: /joblite_codecs\.wasm.*serve it beside/,
    });
    fresh.setCodecsUrl(pathToFileURL(join(root, 'dist/joblite_codecs.wasm')));
    (await fresh.decoder('xz')).free();
  });
});
