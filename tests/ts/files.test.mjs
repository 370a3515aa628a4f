// dump and load under Node: bytes, paths, handles, streams; what fails, and what is left then.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  dump,
  FormatError,
  load,
  NDArray,
  PyObject,
  registerCompressor,
  UnsupportedError,
} from 'joblite';

const VALUE = {
  name: 'δ-model 🎲',
  weights: new Float64Array(40_000).map((_, i) => i / 3),
  small: new Int16Array([1, -2, 3]),
  rows: Array.from({ length: 1000 }, (_, id) => ({ id, label: `row ${id}` })),
};

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'joblite-files-'));
});
after(() => rm(folder, { recursive: true }));
const place = (name) => join(folder, name);

/** A stream of `bytes` in chunks of these sizes, in turn; `fate` tells how it ended. */
function streamOf(bytes, sizes = [65_536]) {
  const fate = { cancelled: undefined };
  let at = 0;
  let turn = 0;
  const stream = new ReadableStream({
    pull(controller) {
      if (at >= bytes.byteLength) return controller.close();
      const size = sizes[turn++ % sizes.length];
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
    cancel(reason) {
      fate.cancelled = reason ?? true;
    },
  });
  return { stream, fate };
}

/** A stream that keeps what it is given. */
function collector() {
  const chunks = [];
  const fate = { closed: false, aborted: undefined };
  const stream = new WritableStream({
    write: (chunk) => void chunks.push(chunk),
    close: () => {
      fate.closed = true;
    },
    abort: (reason) => {
      fate.aborted = reason;
    },
  });
  return { stream, fate, bytes: () => new Uint8Array(Buffer.concat(chunks)) };
}

describe('dump and load under Node', () => {
  it('give the value back from bytes, an ArrayBuffer, a Blob and a Response', async () => {
    const bytes = await dump(VALUE);
    assert.ok(bytes instanceof Uint8Array);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    for (const source of [
      bytes,
      bytes.buffer,
      shifted.subarray(3),
      Buffer.from(bytes),
      new DataView(shifted.buffer, 3),
      new Blob([bytes]),
      new Response(bytes),
      streamOf(bytes).stream,
    ]) {
      assert.deepEqual(await load(source), VALUE);
    }
  });

  it('give arrays buffers of their own', async () => {
    const bytes = await dump(VALUE);
    const { weights } = await load(bytes);
    assert.equal(weights.buffer.byteLength, weights.byteLength);
    bytes.fill(0);
    assert.equal(weights[3], 1);
  });

  it('read streams whatever their chunks are', async () => {
    const value = { ...VALUE, empty: new Uint8Array(0), last: new Uint32Array(40_000).fill(7) };
    const bytes = await dump(value);
    for (const sizes of [[1, 2, 3, 50_000], [7], [100_000, 1], [1 << 20], [bytes.length]]) {
      const few = sizes[0] === 7 ? await dump({ a: [1, 'x'], b: new Uint8Array(5000) }) : bytes;
      const expected = few === bytes ? value : { a: [1, 'x'], b: new Uint8Array(5000) };
      assert.deepEqual(await load(streamOf(few, sizes).stream), expected);
    }
  });

  it('write and read a path, a URL and a handle', async () => {
    assert.equal(await dump(VALUE, place('a.joblib')), undefined);
    const bytes = await dump(VALUE);
    assert.deepEqual(new Uint8Array(await readFile(place('a.joblib'))), bytes);
    assert.deepEqual(await load(place('a.joblib')), VALUE);
    const url = pathToFileURL(place('b.joblib'));
    await dump(VALUE, url);
    assert.deepEqual(await load(url), VALUE);
    assert.deepEqual(await load(url.href), VALUE);
    const handle = await open(place('c.joblib'), 'w+');
    try {
      await dump(VALUE, handle);
      assert.deepEqual(await load(handle), VALUE);
      // Left open.
      assert.equal((await handle.stat()).size, bytes.length);
    } finally {
      await handle.close();
    }
  });

  it('write a WritableStream and close it', async () => {
    const { stream, fate, bytes } = collector();
    await dump(VALUE, stream);
    assert.ok(fate.closed);
    assert.deepEqual(await load(bytes()), VALUE);
  });

  it('read the value when dump is called', async () => {
    const value = { list: [1, 2], data: new Float64Array([1, 2]) };
    const promise = dump(value);
    value.list.push(3);
    value.data[0] = 9;
    assert.deepEqual(await load(await promise), { list: [1, 2], data: new Float64Array([1, 2]) });
    const again = { list: [1, 2], data: new Float64Array([1, 2]) };
    const { stream, bytes } = collector();
    const written = dump(again, stream);
    again.list.push(3);
    again.data[0] = 9;
    await written;
    assert.deepEqual(await load(bytes()), { list: [1, 2], data: new Float64Array([1, 2]) });
  });

  it('compress as they are told, and tell by magic how a file is compressed', async () => {
    const plain = await dump(VALUE);
    const magic = {
      zlib: [0x78],
      gzip: [0x1f, 0x8b],
      bz2: [0x42, 0x5a],
      lzma: [0x5d, 0x00],
      xz: [0xfd, 0x37],
      lz4: [0x04, 0x22],
    };
    for (const [compress, name] of [
      ...Object.keys(magic).map((name) => [name, name]),
      ...Object.keys(magic).map((name) => [[name, 2], name]),
      [true, 'zlib'],
      [1, 'zlib'],
    ]) {
      const bytes = await dump(VALUE, { compress });
      assert.deepEqual([...bytes.slice(0, magic[name].length)], magic[name], name);
      assert.ok(bytes.length < plain.length, name);
      for (const source of [bytes, new Blob([bytes]), streamOf(bytes, [777, 10_000]).stream])
        assert.deepEqual(await load(source), VALUE, name);
      const { stream, bytes: written } = collector();
      await dump(VALUE, stream, { compress });
      assert.deepEqual(written(), bytes, name);
    }
    for (const [file, prefix] of [
      ['a.z', magic.zlib],
      ['a.gz', magic.gzip],
      ['a.bz2', magic.bz2],
      ['a.lzma', magic.lzma],
      ['a.xz', magic.xz],
      ['a.lz4', magic.lz4],
      ['a.pkl', [0x80]],
    ]) {
      await dump(VALUE, place(file));
      assert.deepEqual([...(await readFile(place(file))).subarray(0, prefix.length)], prefix, file);
      assert.deepEqual(await load(place(file)), VALUE);
    }
    await dump(VALUE, pathToFileURL(place('b.gz')), { compress: ['zlib', 1] });
    assert.equal((await readFile(place('b.gz')))[0], 0x78);
  });

  it('take a compressor that is registered', async () => {
    const prefix = new TextEncoder().encode('joblite-test:');
    /** The prefix, and every byte flipped. */
    const flip = (begin) => {
      let skipped = 0;
      return new TransformStream({
        start: (controller) => {
          if (begin) controller.enqueue(prefix);
        },
        transform(chunk, controller) {
          const from = begin ? 0 : Math.min(chunk.length, prefix.length - skipped);
          skipped += from;
          controller.enqueue(chunk.slice(from).map((byte) => byte ^ 255));
        },
      });
    };
    const compressor = {
      prefix,
      extension: '.flip',
      compress: () => flip(true),
      decompress: () => flip(false),
    };
    registerCompressor('flip', compressor);
    assert.throws(() => registerCompressor('flip', compressor), /already registered/);
    await dump(VALUE, place('a.flip'));
    assert.equal((await readFile(place('a.flip'), 'latin1')).slice(0, 13), 'joblite-test:');
    assert.deepEqual(await load(place('a.flip')), VALUE);
    assert.deepEqual(await load(await dump(VALUE, { compress: 'flip' })), VALUE);
  });

  it('stop at bombs and damaged compression', async () => {
    const bomb = await dump(new Uint8Array(50_000_000), { compress: 9 });
    assert.ok(bomb.length < 100_000);
    await assert.rejects(load(bomb, { maxBytes: 1_000_000 }), { code: 'TOO_LARGE' });
    assert.equal((await load(bomb, { maxBytes: 51_000_000 })).length, 50_000_000);
    for (const compress of ['zlib', 'gzip', 'bz2', 'lzma', 'xz', 'lz4']) {
      const bytes = await dump(VALUE, { compress });
      for (const length of [6, 20, bytes.length >> 1, bytes.length - 1]) {
        for (const source of [bytes.slice(0, length), streamOf(bytes.slice(0, length)).stream])
          await assert.rejects(load(source), (error) => error instanceof FormatError, compress);
      }
    }
    await assert.rejects(load(new TextEncoder().encode('ZF0x12')), { code: 'UNKNOWN_COMPRESSION' });
  });

  it('keep Blobs, shared arrays and cycles', async () => {
    const shared = new Float32Array(50_000).fill(2);
    const value = { blob: new Blob(['hello']), a: shared, b: shared };
    value.self = value;
    const back = await load(await dump(value));
    assert.equal(await back.blob.text(), 'hello');
    assert.equal(back.a, back.b);
    assert.equal(back.self, back);
  });

  it('leave classes that are not known as data, or refuse them', async () => {
    const value = new PyObject({ module: 'sklearn.svm', name: 'SVC', state: { C: 1.5 } });
    const bytes = await dump(value);
    const back = await load(bytes);
    assert.ok(back instanceof PyObject);
    assert.equal(back.name, 'SVC');
    await assert.rejects(load(bytes, { strict: true }), { code: 'UNSUPPORTED_GLOBAL' });
    assert.deepEqual(await load(await dump(VALUE), { strict: true }), VALUE);
  });

  it('write the protocol that is asked for', async () => {
    const value = { ...VALUE, bytes: new Uint8Array([1, 200, 255]).buffer };
    for (const protocol of [2, 3, 4, 5]) {
      const bytes = await dump(value, { protocol });
      assert.deepEqual([...bytes.slice(0, 2)], [0x80, protocol]);
      assert.deepEqual(await load(bytes), value);
      assert.deepEqual(await load(streamOf(bytes, [999]).stream), value);
    }
  });

  it('refuse wrong arguments with the value in the text', async () => {
    const cases = [
      [() => dump(1, 5), TypeError, 'Second argument should be .*5 \\(type number\\) was given'],
      [() => dump(1, { level: 3 }), TypeError, 'dump got an unknown option level'],
      [() => dump(1, { protocol: 1 }), RangeError, 'protocol must be 2, 3, 4 or 5, got 1'],
      [() => dump(1, { compress: 10 }), RangeError, 'Non valid compress level given: "10"'],
      [() => dump(1, { compress: 'rar' }), RangeError, 'Non valid compression method .*"rar"'],
      [() => dump(1, { signal: 5 }), TypeError, 'signal must be an AbortSignal, got 5'],
      [() => dump(1, place('x'), 7), TypeError, 'options must be an object, got 7'],
      [() => dump(1, { onProgress: 5 }), TypeError, 'dump: onProgress must be a function, got 5'],
      [() => load(new Uint8Array(), { onProgress: {} }), TypeError, 'got an object of Object'],
      [() => load(7), TypeError, 'source must be a Uint8Array, .* got 7'],
      [() => load({ a: 1 }), TypeError, 'got an object of Object'],
      [() => load(null), TypeError, 'got null'],
      [() => load(new Uint8Array(), { mmapMode: 'x' }), RangeError, "mode must be one of .*'w\\+'"],
      [() => load(new Uint8Array(), { mmap_mode: 'r' }), TypeError, 'unknown option mmap_mode'],
      [
        () => load(new Uint8Array(), { strict: 1 }),
        TypeError,
        'strict must be true or false, got 1',
      ],
      [() => load(new Uint8Array(), { maxBytes: -1 }), RangeError, 'maxBytes must be .* got -1'],
      [() => load(new Response('no', { status: 404 })), TypeError, 'status 404'],
      [() => load(streamOf(['text']).stream), TypeError, 'must give Uint8Arrays'],
    ];
    for (const [call, Class, text] of cases) {
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof Class, `${error.stack}`);
        assert.match(error.message, new RegExp(text));
        return true;
      });
    }
    await assert.rejects(dump({ f() {} }), { code: 'UNSUPPORTED_VALUE' });
  });

  it('take every mmapMode and read arrays that can be written to', async () => {
    await dump(VALUE, place('mmap.joblib'));
    for (const mmapMode of [null, 'r', 'r+', 'w+', 'c']) {
      const { small } = await load(place('mmap.joblib'), { mmapMode });
      small[0] = 5;
      assert.equal(small[0], 5);
    }
    assert.deepEqual(await load(place('mmap.joblib')), VALUE);
  });

  it('warn that an mmapMode is of no use for a compressed file, and only for one', async (t) => {
    const warn = t.mock.method(console, 'warn', () => {});
    const file = await dump(VALUE, { compress: 3 });
    await load(file);
    await load(await dump(VALUE), { mmapMode: 'r' });
    assert.equal(warn.mock.callCount(), 0);
    assert.deepEqual(await load(file, { mmapMode: 'r' }), VALUE);
    assert.equal(warn.mock.callCount(), 1);
    assert.match(
      warn.mock.calls[0].arguments[0],
      /mmapMode "r" is not compatible with a compressed/,
    );
  });

  it('tell a file that is cut off, wherever that is', async () => {
    const bytes = await dump({ a: 'text', data: new Float64Array(1000), b: [1, 2, 3] });
    for (let length = 0; length < bytes.length; length += length > 300 ? 97 : 1) {
      const cut = bytes.slice(0, length);
      for (const source of [cut, new Blob([cut]), streamOf(cut, [33]).stream]) {
        await assert.rejects(load(source), (error) => {
          assert.ok(error instanceof FormatError || error instanceof UnsupportedError, error.stack);
          assert.equal(typeof error.details.offset, 'number');
          return true;
        });
      }
    }
    await writeFile(place('cut.joblib'), bytes.slice(0, 4000));
    await assert.rejects(load(place('cut.joblib')), { code: 'CORRUPT_DATA' });
  });

  it('allocate nothing for bytes that a file only claims', async () => {
    const bytes = await dump(new NDArray({ data: new Float64Array(10_000), shape: [100, 100] }));
    // The shape (100, 100) becomes (100, 2**31 - 1): 1.7 TB.
    const at = Buffer.from(bytes).indexOf(Buffer.from([0x4b, 100, 0x4b, 100]));
    assert.ok(at > 0);
    const claim = Buffer.concat([
      bytes.subarray(0, at + 2),
      Buffer.from([0x4a, 0xff, 0xff, 0xff, 0x7f]),
      bytes.subarray(at + 4),
    ]);
    for (const source of [claim, streamOf(claim).stream]) {
      await assert.rejects(load(source), (error) => error instanceof FormatError);
    }
  });

  it('cancel the source when the file is damaged, and when it has been read', async () => {
    const bytes = await dump(VALUE);
    const damaged = bytes.slice();
    damaged[1] = 99;
    const broken = streamOf(damaged, [1000]);
    await assert.rejects(load(broken.stream), { code: 'CORRUPT_DATA' });
    assert.equal(broken.fate.cancelled.code, 'CORRUPT_DATA');
    assert.equal(broken.stream.locked, false);
    const longer = streamOf(Buffer.concat([bytes, new Uint8Array(1 << 20)]), [1000]);
    assert.deepEqual(await load(longer.stream), VALUE);
    assert.ok(longer.fate.cancelled);
  });

  it('reject with the error of the stream', async () => {
    const error = new Error('the network is gone');
    const bytes = await dump(VALUE);
    let turn = 0;
    const source = new ReadableStream({
      pull(controller) {
        if (turn++ < 3) controller.enqueue(bytes.slice(0, 100));
        else controller.error(error);
      },
    });
    await assert.rejects(
      load(source),
      (thrown) => thrown === error || thrown.code === 'CORRUPT_DATA',
    );
    await assert.rejects(
      load(new ReadableStream({ pull: (controller) => controller.error(error) })),
      (thrown) => thrown === error,
    );
    let written = 0;
    const sink = new WritableStream({
      write() {
        if (++written === 2) throw error;
      },
    });
    await assert.rejects(dump(VALUE, sink), (thrown) => thrown === error);
    await assert.rejects(load(place('missing.joblib')), { code: 'ENOENT' });
    await assert.rejects(dump(VALUE, place('no/folder.joblib')), { code: 'ENOENT' });
  });

  /** What `onProgress` is told, in `told`; it lasts so long that it is told of every step. */
  const watch = () => {
    const told = [];
    const onProgress = (progress) => {
      told.push(progress);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 51);
    };
    return { told, onProgress };
  };
  /** Checks that bytes only grow, that the total is `total` at each step, and both are `size` at the end. */
  const checkTold = (told, total, size, what) => {
    assert.ok(told.length > 1, `${what}: told ${told.length} times`);
    assert.deepEqual(told.at(-1), { bytes: size, totalBytes: size }, what);
    for (const [i, { bytes, totalBytes }] of told.slice(0, -1).entries()) {
      assert.equal(totalBytes, total, what);
      assert.ok(bytes < size || total === undefined, `${what}: ${bytes} of ${size}`);
      assert.ok(bytes >= (told[i - 1]?.bytes ?? 0), what);
    }
  };
  const PIECE = 1 << 22;

  it('tell how much has been read, byte by byte', async () => {
    // One array beyond a window, one in it, and text after them.
    const value = { a: new Uint8Array(2 * PIECE), b: new Uint16Array(50_000), c: ['text'] };
    await dump(value, place('progress.joblib'));
    const bytes = new Uint8Array(await readFile(place('progress.joblib')));
    const handle = await open(place('progress.joblib'));
    try {
      for (const [what, source] of Object.entries({
        bytes,
        Blob: new Blob([bytes]),
        path: place('progress.joblib'),
        handle,
      })) {
        const { told, onProgress } = watch();
        assert.deepEqual(await load(source, { onProgress }), value, what);
        checkTold(told, bytes.length, bytes.length, what);
        // All but the last piece: nothing was counted twice, and nothing left out.
        assert.equal(told.at(-2).bytes, bytes.length - PIECE, what);
      }
    } finally {
      await handle.close();
    }
    for (const [what, announced, headers] of [
      ['a stream', undefined],
      ['a response', bytes.length, { 'content-length': bytes.length }],
      ['a compressed response', undefined, { 'content-length': 99, 'content-encoding': 'gzip' }],
    ]) {
      const { stream } = streamOf(bytes, [1 << 20]);
      const { told, onProgress } = watch();
      const source = headers ? new Response(stream, { headers }) : stream;
      assert.deepEqual(await load(source, { onProgress }), value, what);
      checkTold(told, announced, bytes.length, what);
      assert.equal(told[0].bytes, 1 << 20, what);
      assert.equal(told[1].bytes, 2 << 20, what);
    }
    const { told, onProgress } = watch();
    const headers = { 'content-length': 3 };
    await load(new Response(streamOf(bytes, [2, 50_000]).stream, { headers }), { onProgress });
    assert.deepEqual(told.slice(0, 2), [
      { bytes: 2, totalBytes: 3 },
      { bytes: 50_002, totalBytes: undefined },
    ]);
  });

  it('tell how much of a compressed file has been read and written', async () => {
    const value = { data: new Uint8Array(randomBytes(2 << 20)), text: 'x'.repeat(1 << 20) };
    for (const compress of ['zlib', ['lz4', 1]]) {
      const writing = watch();
      const bytes = await dump(value, { compress, onProgress: writing.onProgress });
      checkTold(writing.told, undefined, bytes.length, compress);
      for (const source of [bytes, streamOf(bytes, [1 << 20]).stream]) {
        const { told, onProgress } = watch();
        assert.deepEqual(await load(source, { onProgress }), value);
        checkTold(told, source === bytes ? bytes.length : undefined, bytes.length, compress);
      }
    }
  });

  it('tell how much has been written', async () => {
    const value = { a: new Uint8Array(3 << 20), c: ['text'] };
    const { length } = await dump(value);
    for (const destination of [place('told.joblib'), collector().stream]) {
      const { told, onProgress } = watch();
      await dump(value, destination, { onProgress });
      checkTold(told, length, length, String(destination));
    }
    let promise;
    const told = [];
    const onProgress = (progress) => {
      assert.ok(promise instanceof Promise, 'told before dump returned');
      told.push(progress);
    };
    promise = dump(value, { onProgress });
    assert.equal((await promise).length, length);
    assert.deepEqual(told, [{ bytes: length, totalBytes: length }]);
    // A Blob is waited for, so that the file is not written at once.
    const waited = watch();
    const large = { blob: new Blob(['hello']), a: new Uint8Array(3 * PIECE) };
    const file = await dump(large, { onProgress: waited.onProgress });
    checkTold(waited.told, file.length, file.length, 'a Blob');
  });

  it('tell it seldom, and nothing once the promise is settled', async () => {
    const bytes = await dump(VALUE);
    let calls = 0;
    const start = performance.now();
    await load(streamOf(bytes, [10]).stream, { onProgress: () => calls++ });
    const elapsed = performance.now() - start;
    assert.ok(calls >= 2 && calls <= elapsed / 50 + 2, `${calls} calls in ${elapsed} ms`);
    for (const end of [(controller, reason) => controller.abort(reason), undefined]) {
      const controller = new AbortController();
      const reason = new Error('enough');
      let settled = false;
      let told = 0;
      const onProgress = () => {
        assert.ok(!settled);
        told++;
        if (end === undefined) throw reason;
        end(controller, reason);
      };
      const options = { onProgress, signal: controller.signal };
      const { stream, fate } = streamOf(bytes, [1000]);
      await assert.rejects(load(stream, options), (thrown) => thrown === reason);
      settled = true;
      assert.equal(fate.cancelled, reason);
      await new Promise((resolve) => setTimeout(resolve, 120));
      assert.equal(told, 1);
    }
  });

  it('end with what onProgress throws, and leave no file', async () => {
    const large = { a: new Uint8Array(3 * PIECE), c: ['text'] };
    const bytes = await dump(large);
    const reason = new Error('mine');
    for (const last of [false, true]) {
      const onProgress = ({ bytes, totalBytes }) => {
        if (last === (bytes === totalBytes)) throw reason;
      };
      const isReason = (thrown) => thrown === reason;
      for (const source of [bytes, new Blob([bytes]), streamOf(bytes).stream])
        await assert.rejects(load(source, { onProgress }), isReason);
      const { stream, fate } = collector();
      await assert.rejects(dump(large, stream, { onProgress }), isReason);
      assert.equal(fate.aborted, reason);
      assert.equal(fate.closed, false);
      await assert.rejects(dump(large, place('thrown.joblib'), { onProgress }), isReason);
      await assert.rejects(stat(place('thrown.joblib')), { code: 'ENOENT' });
      await assert.rejects(dump(large, place('thrown.gz'), { onProgress }), isReason);
      await assert.rejects(stat(place('thrown.gz')), { code: 'ENOENT' });
      if (last) await assert.rejects(dump(large, { onProgress }), isReason);
    }
  });

  it('abort the destination when the value cannot be written', async () => {
    const { stream, fate } = collector();
    await assert.rejects(dump([Symbol('x')], stream), { code: 'UNSUPPORTED_VALUE' });
    assert.equal(fate.aborted.code, 'UNSUPPORTED_VALUE');
    await writeFile(place('kept.joblib'), 'as it was');
    await assert.rejects(dump([Symbol('x')], place('kept.joblib')), { code: 'UNSUPPORTED_VALUE' });
    assert.equal(await readFile(place('kept.joblib'), 'utf8'), 'as it was');
  });

  it('end with the reason of the signal and leave nothing behind', async () => {
    const reason = new Error('enough');
    const early = AbortSignal.abort(reason);
    const { stream, fate } = collector();
    await assert.rejects(dump(VALUE, stream, { signal: early }), (thrown) => thrown === reason);
    assert.equal(fate.aborted, reason);
    const source = streamOf(await dump(VALUE));
    await assert.rejects(load(source.stream, { signal: early }), (thrown) => thrown === reason);
    assert.equal(source.fate.cancelled, reason);

    // A source that never gives anything, a destination that never takes anything.
    const later = new AbortController();
    const silent = { cancelled: undefined };
    const hanging = load(
      new ReadableStream({
        pull: () => new Promise(() => {}),
        cancel: (r) => {
          silent.cancelled = r;
        },
      }),
      { signal: later.signal },
    );
    const stuck = dump(VALUE, new WritableStream({ write: () => new Promise(() => {}) }), {
      signal: later.signal,
    });
    setTimeout(() => later.abort(reason), 50);
    await assert.rejects(hanging, (thrown) => thrown === reason);
    await assert.rejects(stuck, (thrown) => thrown === reason);
    assert.equal(silent.cancelled, reason);

    const path = place('aborted.joblib');
    const midway = new AbortController();
    const big = { data: new Uint8Array(64 << 20) };
    const writing = dump(big, path, { signal: midway.signal });
    while (!(await stat(path).catch(() => null))?.size) await new Promise((r) => setImmediate(r));
    midway.abort(reason);
    await assert.rejects(writing, (thrown) => thrown === reason);
    assert.ok(!(await readdir(folder)).includes('aborted.joblib'));
  });
});
