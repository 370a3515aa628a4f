// A location as a zip: what goes out comes in, and nothing comes in of a zip that was made to harm.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { crc32 as crcOfNode, deflateRawSync } from 'node:zlib';
import { stores } from '../fixtures/internals.mjs';

const { openStore, exportLocation, importLocation, ZipWriter, readDirectory, readEntry, dump } =
  await stores();
const store = await openStore({ backend: 'memory' });
after(() => store.close());

const ID = '0123456789abcdef0123456789abcdef';
const text = (text) => new TextEncoder().encode(text);
const good = { name: `joblib/js/f/${ID}/output.pkl`, data: await dump([1, 'two']) };

/** The entries' own checksum, where Node has no crc32. */
function crcOf(bytes) {
  if (crcOfNode) return crcOfNode(bytes);
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** A zip that says what it is told to, true or not. */
function makeZip(entries, { trailer = [], count = entries.length } = {}) {
  const pieces = [];
  const central = [];
  let at = 0;
  const push = (bytes) => {
    pieces.push(bytes);
    at += bytes.length;
  };
  const fields = (spec) => {
    const bytes = Buffer.alloc(spec.reduce((sum, [width]) => sum + width, 0));
    let to = 0;
    for (const [width, value] of spec) {
      bytes.writeUIntLE(value, to, width);
      to += width;
    }
    return bytes;
  };
  for (const entry of entries) {
    const { name, data, method = 0, flags = 0x800, attributes = 0, localName = name } = entry;
    const { raw = method === 8 ? deflateRawSync(data) : data, crc = crcOf(data) } = entry;
    const { size = data.length, compressedSize = raw.length, offset = at } = entry;
    const [named, localNamed] = [Buffer.from(name), Buffer.from(localName)];
    const shared = [
      [2, 20],
      [2, flags],
      [2, method],
      [4, 0],
      [4, crc],
      [4, compressedSize],
      [4, size],
    ];
    push(fields([[4, 0x04034b50], ...shared, [2, localNamed.length], [2, 0]]));
    push(localNamed);
    push(raw);
    central.push(
      fields([
        [4, 0x02014b50],
        [2, 20],
        ...shared,
        [2, named.length],
        [2, 0],
        [2, 0],
        [2, 0],
        [2, 0],
        [4, attributes],
        [4, offset],
      ]),
      named,
    );
  }
  const start = at;
  for (const bytes of central) push(bytes);
  push(
    fields([
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, count],
      [2, count],
      [4, at - start],
      [4, start],
      [2, 0],
    ]),
  );
  return new Blob([...pieces, ...trailer]);
}

const outcome = (promise) =>
  promise.then(
    ({ items }) => items,
    ({ code, name }) => code ?? name,
  );

test('what a location holds comes back, with its source and metadata, and nothing else', async () => {
  const dir = 'from/joblib/js/f/';
  const output = await dump(
    { data: new Float64Array(5000).fill(2), text: 'ü' },
    { compress: 'zlib' },
  );
  await store.commit([
    ['put', `${dir}${ID}/output.pkl`, [output.subarray(0, 10), output.slice(10).buffer]],
    ['put', `${dir}${ID}/metadata.json`, [text('{"duration": 1}')]],
    ['put', `${dir}${ID}/python.mark`, [text('trusted')]],
    ['put', `${dir}func_code.py`, [text('# first line: 1\nx')]],
    ['put', `${dir}${ID.replaceAll('0', 'f')}/metadata.json`, [text('{}')]],
  ]);
  const zip = await exportLocation(store, 'from');
  const names = (await readDirectory(zip)).map(({ name }) => name);
  assert.deepEqual(names, [
    `joblib/js/f/${ID}/output.pkl`,
    `joblib/js/f/${ID}/metadata.json`,
    'joblib/js/f/func_code.py',
  ]);
  assert.deepEqual(await importLocation(store, 'to', zip), { items: 1 });
  assert.deepEqual(await importLocation(store, 'to', zip), { items: 0 }, 'it is there already');
  const entries = await store.list('to/');
  assert.deepEqual(
    entries.map(({ path }) => `from${path.slice(2)}`).sort(),
    names.map((name) => `from/${name}`).sort(),
  );
  const [part] = await store.read(`to/joblib/js/f/${ID}/output.pkl`);
  assert.deepEqual(new Uint8Array(part), output);
});

test("zips of other writers are read: deflated, with folders and files that are not joblib's", async () => {
  const zip = makeZip([
    { name: '.gitignore', data: text('*') },
    { name: 'joblib/', data: text('') },
    { name: 'joblib/js/f/notes.txt', data: text('x') },
    { name: 'joblib/js/f/not-a-hash/output.pkl', data: text('never read') },
    { ...good, method: 8 },
    { name: `joblib/js/f/${ID}/python.mark`, data: text('trusted') },
  ]);
  assert.equal(await outcome(importLocation(store, 'others', zip)), 1);
  const paths = (await store.list('others/')).map(({ path }) => path);
  assert.deepEqual(paths, [`others/${good.name}`]);
});

const renamed = (name) => [{ ...good, name }];
/** A pickle that would run a command, if anybody called what it names. */
const attack = { ...good, data: text('cos\nsystem\n(S"true"\ntR.') };
const zeros = new Uint8Array(3_000_000);
const hostile = {
  'an absolute path': [renamed('/etc/passwd'), 'CORRUPT_DATA'],
  'a path upwards': [renamed(`joblib/../../${ID}/output.pkl`), 'CORRUPT_DATA'],
  'a path in place': [renamed(`joblib/./f/${ID}/output.pkl`), 'CORRUPT_DATA'],
  'a backslash': [renamed(`joblib\\f\\${ID}\\output.pkl`), 'CORRUPT_DATA'],
  'a drive': [renamed('c:joblib/x'), 'CORRUPT_DATA'],
  'an empty name': [renamed(`joblib//${ID}/output.pkl`), 'CORRUPT_DATA'],
  'a control character': [renamed('joblib/a\0b'), 'CORRUPT_DATA'],
  'a name of an unknown code page': [[{ ...good, name: 'joblib/ü', flags: 0 }], 'CORRUPT_DATA'],
  'one name twice': [[good, good], 'CORRUPT_DATA'],
  'a file and a folder of one name': [[good, { ...good, name: `${good.name}/` }], 'CORRUPT_DATA'],
  'entries that overlap': [[good, { ...good, name: 'x', offset: 10 }], 'CORRUPT_DATA'],
  'two entries at one place': [[good, { ...good, name: 'x', offset: 0 }], 'CORRUPT_DATA'],
  'an entry behind the directory': [[{ ...good, offset: 5000 }], 'CORRUPT_DATA'],
  'a size beyond the bytes': [
    [{ ...good, size: 1 << 30, compressedSize: 1 << 30 }],
    'CORRUPT_DATA',
  ],
  'a stored size that is claimed': [[{ ...good, size: 1 << 30 }], 'CORRUPT_DATA'],
  'a deflated size that is impossible': [[{ ...good, method: 8, size: 1 << 30 }], 'CORRUPT_DATA'],
  'a deflated size that is too small': [
    [{ ...good, data: zeros, method: 8, size: 1000 }],
    'CORRUPT_DATA',
  ],
  'a deflated size that is too large': [
    [{ ...good, method: 8, size: good.data.length + 1 }],
    'CORRUPT_DATA',
  ],
  'an entry of four gigabytes': [[{ ...good, method: 8, size: 0xfffffffe }], 'TOO_LARGE'],
  'no deflate stream': [[{ ...good, method: 8, raw: text('garbage, garbage') }], 'CORRUPT_DATA'],
  'an encrypted entry': [[{ ...good, flags: 0x801 }], 'UNSUPPORTED_VALUE'],
  'a method that is not known': [[{ ...good, method: 14 }], 'UNKNOWN_COMPRESSION'],
  'a wrong checksum': [[{ ...good, crc: 1 }], 'CORRUPT_DATA'],
  'another name in its place': [
    [{ ...good, localName: good.name.replace('/f/', '/g/') }],
    'CORRUPT_DATA',
  ],
  'a symbolic link': [[{ ...good, attributes: 0xa1ff0000 }], 'CORRUPT_DATA'],
  'a pickle that would call': [[attack], 'UNSUPPORTED_GLOBAL'],
  'a pickle that is none': [[{ ...good, data: text('\x80\x05no pickle') }], 'UNSUPPORTED_OPCODE'],
  'metadata that is none': [
    [good, { name: good.name.replace('output.pkl', 'metadata.json'), data: text('{') }],
    'CORRUPT_DATA',
  ],
};
for (const [name, [entries, code]] of Object.entries(hostile)) {
  test(`refuses ${name}, and takes nothing of the zip`, async () => {
    const before = { ...good, name: `joblib/js/a/${ID}/output.pkl` };
    for (const zip of [
      makeZip(entries),
      makeZip([before, ...entries.map((entry) => ({ ...entry }))]),
    ]) {
      // With another entry before them, places that are claimed mean something else, and are wrong too.
      const found = await outcome(importLocation(store, 'victim', zip));
      assert.equal(found, code);
      assert.deepEqual(await store.list('victim'), []);
    }
  });
}

test('refuses what is cut anywhere, or changed in one byte, or lets it be as it was', async () => {
  const whole = new Uint8Array(
    await makeZip([
      good,
      { ...good, name: good.name.replace('/f/', '/g/'), method: 8 },
    ]).arrayBuffer(),
  );
  for (let length = 0; length < whole.length; length += 7) {
    const found = await outcome(
      importLocation(store, 'cut', new Blob([whole.subarray(0, length)])),
    );
    assert.equal(found, 'CORRUPT_DATA', `cut at ${length}`);
  }
  for (let i = 0; i < whole.length; i++) {
    const changed = whole.slice();
    changed[i] ^= 1 << (i % 8);
    const found = await outcome(importLocation(store, `changed ${i}`, new Blob([changed])));
    const codes = ['CORRUPT_DATA', 'TOO_LARGE', 'UNKNOWN_COMPRESSION', 'UNSUPPORTED_VALUE'];
    assert.ok(codes.includes(found) || typeof found === 'number', `${i}: ${found}`);
    for (const { path } of await store.list(`changed ${i}/`)) {
      if (!path.endsWith('output.pkl')) continue;
      const bytes = Buffer.concat((await store.read(path)).map((part) => new Uint8Array(part)));
      assert.deepEqual(new Uint8Array(bytes), new Uint8Array(good.data), path);
    }
  }
});

test('an aborted import rejects with the reason', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(importLocation(store, 'aborted', makeZip([good]), { signal }), {
    message: 'enough',
  });
  assert.deepEqual(await store.list('aborted'), []);
});

test('results of a Python function whose source is another one here are left out', async () => {
  const entries = [
    { ...good, name: `joblib/module/f/${ID}/output.pkl` },
    { name: 'joblib/module/f/func_code.py', data: text('# first line: 1\ndef f(): 1') },
  ];
  await store.commit([
    ['put', 'py/joblib/module/f/func_code.py', [text('# first line: 1\ndef f(): 2')]],
  ]);
  assert.equal(await outcome(importLocation(store, 'py', makeZip(entries))), 0);
  assert.equal(await outcome(importLocation(store, 'py2', makeZip(entries))), 1);
});

test('more entries than a zip counted at first are written and read as zip64', async () => {
  const zip = new ZipWriter();
  const byte = new Uint8Array([7]);
  const count = 70_000;
  for (let i = 0; i < count; i++) zip.add(`joblib/f/${i}`, [byte], 0);
  const blob = zip.finish();
  const entries = await readDirectory(blob);
  assert.equal(entries.length, count);
  assert.deepEqual(await readEntry(blob, entries.at(-1)), byte);
});
