// Reading a zip that anybody may have made: everything is checked before it is believed, nothing is
// allocated from a claimed size alone, and what other readers would tolerate is refused: two names that
// are the same, entries that overlap, bytes between them that nobody accounts for at the end.
//
// Own code, on the platform's inflater: libraries leave most of these checks to their callers.

import { FormatError, UnsupportedError } from '../errors.js';
import { crc32 } from './crc32.js';
import {
  CENTRAL,
  CENTRAL_BYTES,
  DEFLATED,
  ENCRYPTED,
  END,
  END_64,
  END_64_BYTES,
  END_BYTES,
  EXTRA_64,
  FULL_16,
  FULL_32,
  LOCAL,
  LOCAL_BYTES,
  LOCATOR_64,
  LOCATOR_64_BYTES,
  STORED,
  UTF_8,
} from './zip-format.js';

/** The longest comment that may follow the end record. */
const COMMENT_BYTES = 0xffff;
/** The largest central directory: about three million entries. */
const DIRECTORY_BYTES = 2 ** 28;
/** The most bytes that one compressed byte can become. */
const DEFLATE_RATIO = 1032;
/** The largest entry: what one buffer can hold everywhere. */
const ENTRY_BYTES = 2 ** 31 - 1;
/** What all compressed entries together may hold beyond the bytes of the file. */
const INFLATED_BYTES = 2 ** 32;
/** Upper half of the external attributes: the type of a Unix file, and a symbolic link. */
const TYPE_MASK = 0xf000;
const SYMBOLIC_LINK = 0xa000;

/** An entry; a folder's name ends with '/'. */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  readonly compressedSize: number;
  readonly crc: number;
  readonly method: number;
  readonly offset: number;
  /** Where the next entry begins, or the directory. */
  readonly end: number;
}

/** The entries of a zip, in the order of their places in it. */
export async function readDirectory(blob: Blob): Promise<ZipEntry[]> {
  const { start, nbytes, count } = await findDirectory(blob);
  if (nbytes > DIRECTORY_BYTES)
    throw tooLarge(start, 'the directory of the zip', nbytes, DIRECTORY_BYTES);
  const bytes = await bytesOf(blob, start, start + nbytes);
  const view = new DataView(bytes.buffer);
  const entries: Omit<ZipEntry, 'end'>[] = [];
  let at = 0;
  while (at < nbytes) {
    const { entry, next } = readRecord(view, at, start);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== count)
    throw corrupt(start, `${count} entries`, `${entries.length} in the directory`);
  const names = new Set(entries.map(({ name }) => name.replace(/\/$/, '')));
  if (names.size !== entries.length) throw corrupt(start, 'names that differ', 'one name twice');
  entries.sort((a, b) => a.offset - b.offset);
  const placed = entries.map((entry, i) => ({ ...entry, end: entries[i + 1]?.offset ?? start }));
  let inflated = 0;
  for (const { name, size, compressedSize, offset, end } of placed) {
    if (offset + LOCAL_BYTES + compressedSize > end)
      throw corrupt(
        offset,
        `${compressedSize} bytes for ${name}`,
        `${end - offset} up to what follows`,
      );
    inflated += size - compressedSize;
  }
  if (inflated > INFLATED_BYTES)
    throw tooLarge(start, 'the content of the zip', inflated, INFLATED_BYTES);
  return placed;
}

/** The content of an entry. */
export async function readEntry(blob: Blob, entry: ZipEntry): Promise<Uint8Array<ArrayBuffer>> {
  const { name, size, compressedSize, crc, method, offset, end } = entry;
  const header = new DataView((await bytesOf(blob, offset, offset + LOCAL_BYTES)).buffer);
  const named = new TextEncoder().encode(name);
  const nameBytes = header.getUint16(26, true);
  const start = offset + LOCAL_BYTES + nameBytes + header.getUint16(28, true);
  if (
    header.getUint32(0, true) !== LOCAL ||
    header.getUint16(8, true) !== method ||
    nameBytes !== named.length
  )
    throw corrupt(offset, `the header of ${name}`, 'another one');
  const there = await bytesOf(blob, offset + LOCAL_BYTES, offset + LOCAL_BYTES + nameBytes);
  if (named.some((byte, i) => byte !== there[i]))
    throw corrupt(offset + LOCAL_BYTES, `the name ${name}`, 'another one');
  if (start + compressedSize > end)
    throw corrupt(
      offset,
      `${compressedSize} bytes for ${name}`,
      `${end - start} up to what follows`,
    );
  const raw = blob.slice(start, start + compressedSize);
  const bytes =
    method === STORED
      ? new Uint8Array(await raw.arrayBuffer())
      : await inflate(raw, size, () =>
          corrupt(start, `${size} bytes of ${name}, deflated`, 'something else'),
        );
  if (crc32(bytes) !== crc) throw corrupt(start, `the checksum of ${name}`, 'another one');
  return bytes;
}

/** Where the central directory is. The file has nothing before its entries and nothing after its end. */
async function findDirectory(
  blob: Blob,
): Promise<{ start: number; nbytes: number; count: number }> {
  const from = Math.max(0, blob.size - END_BYTES - COMMENT_BYTES - LOCATOR_64_BYTES);
  const tail = new DataView((await bytesOf(blob, from, blob.size)).buffer);
  let at = tail.byteLength - END_BYTES;
  const isEnd = () =>
    tail.getUint32(at, true) === END &&
    at + END_BYTES + tail.getUint16(at + 20, true) === tail.byteLength;
  while (at >= 0 && !isEnd()) at--;
  if (at < 0) throw corrupt(0, 'a zip', `${blob.size} other bytes`);
  let found = {
    start: tail.getUint32(at + 16, true),
    nbytes: tail.getUint32(at + 12, true),
    count: tail.getUint16(at + 10, true),
  };
  const disks = tail.getUint32(at + 4, true);
  let end = from + at;
  const isLarge = found.start === FULL_32 || found.nbytes === FULL_32 || found.count === FULL_16;
  const locator = at - LOCATOR_64_BYTES;
  if (isLarge && locator >= 0 && tail.getUint32(locator, true) === LOCATOR_64) {
    end = big(tail, locator + 8);
    if (end + END_64_BYTES > from + locator)
      throw corrupt(from + locator, 'a place of the end', `${end}`);
    const record = new DataView((await bytesOf(blob, end, end + END_64_BYTES)).buffer);
    if (record.getUint32(0, true) !== END_64) throw corrupt(end, 'the end of a zip', 'other bytes');
    found = { start: big(record, 48), nbytes: big(record, 40), count: big(record, 32) };
  }
  if (disks !== 0) throw corrupt(end, 'a zip in one file', 'one of several');
  if (found.start + found.nbytes !== end)
    throw corrupt(
      end,
      `a directory that ends here`,
      `one of ${found.nbytes} bytes at ${found.start}`,
    );
  return found;
}

/** One record of the central directory, which stands at `start` of the file. */
function readRecord(
  view: DataView,
  at: number,
  start: number,
): { entry: Omit<ZipEntry, 'end'>; next: number } {
  const offset = start + at;
  if (at + CENTRAL_BYTES > view.byteLength || view.getUint32(at, true) !== CENTRAL)
    throw corrupt(offset, 'a record of the directory', 'other bytes');
  const nameAt = at + CENTRAL_BYTES;
  const extraAt = nameAt + view.getUint16(at + 28, true);
  const extraEnd = extraAt + view.getUint16(at + 30, true);
  const next = extraEnd + view.getUint16(at + 32, true);
  if (next > view.byteLength) throw corrupt(offset, 'a record that fits', 'a longer one');
  const flags = view.getUint16(at + 8, true);
  const name = nameOf(new Uint8Array(view.buffer, nameAt, extraAt - nameAt), flags, offset);
  const method = view.getUint16(at + 10, true);
  if (flags & ENCRYPTED)
    throw new UnsupportedError('UNSUPPORTED_VALUE', `${name} of the zip is encrypted`, {
      path: name,
    });
  if (method !== STORED && method !== DEFLATED)
    throw new FormatError(
      'UNKNOWN_COMPRESSION',
      `unknown compression at byte ${offset}: method ${method} of ${name}`,
      { offset, actual: String(method) },
    );
  if (((view.getUint32(at + 38, true) >>> 16) & TYPE_MASK) === SYMBOLIC_LINK)
    throw corrupt(offset, 'a file or folder', `${name}, a symbolic link`);
  let [compressedSize, size, place] = [20, 24, 42].map((i) => view.getUint32(at + i, true)) as [
    number,
    number,
    number,
  ];
  const large = largeNumbers(view, extraAt, extraEnd);
  const full = (value: number) => (value === FULL_32 ? (large.shift() ?? value) : value);
  size = full(size);
  compressedSize = full(compressedSize);
  place = full(place);
  if (size > ENTRY_BYTES) throw tooLarge(offset, name, size, ENTRY_BYTES);
  const possible = method === STORED ? compressedSize : DEFLATE_RATIO * (compressedSize + 1);
  if (size > possible || (method === STORED && size < compressedSize))
    throw corrupt(offset, `at most ${possible} bytes in ${name}`, `${size}`);
  const crc = view.getUint32(at + 16, true);
  return { entry: { name, size, compressedSize, crc, method, offset: place }, next };
}

/** A name that stays within the folder it is unpacked in, on every system. */
function nameOf(bytes: Uint8Array, flags: number, offset: number): string {
  let name: string;
  try {
    name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw corrupt(offset, 'a name in UTF-8', 'other bytes');
  }
  // Without the flag the bytes are those of some code page, which agrees only on these.
  const isPlain = flags & UTF_8 ? true : /^[\x20-\x7e]*$/.test(name);
  const parts = name.replace(/\/$/, '').split('/');
  const leaves = parts.some((part) => part === '' || part === '.' || part === '..');
  if (!isPlain || leaves || /[\\\p{Cc}\uffff]|^[a-z]:/iu.test(name))
    throw corrupt(offset, 'a name below the top', JSON.stringify(name));
  return name;
}

/** The numbers of the zip64 field, in their order. */
function largeNumbers(view: DataView, start: number, end: number): number[] {
  for (let at = start; at + 4 <= end; ) {
    const nbytes = view.getUint16(at + 2, true);
    const from = at + 4;
    at = from + nbytes;
    if (view.getUint16(from - 4, true) !== EXTRA_64 || at > end) continue;
    return Array.from({ length: nbytes >> 3 }, (_, i) => big(view, from + 8 * i));
  }
  return [];
}

/** Beyond 2^53 a number is not exact, and too large for everything here. */
function big(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** Inflates no further than one byte beyond `size`. */
async function inflate(
  raw: Blob,
  size: number,
  wrong: () => FormatError,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = raw.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const chunk = await reader.read().catch(() => {
      throw wrong();
    });
    if (chunk.done) break;
    chunks.push(chunk.value);
    length += chunk.value.byteLength;
    if (length > size) {
      await reader.cancel().catch(() => {});
      throw wrong();
    }
  }
  if (length !== size) throw wrong();
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

async function bytesOf(blob: Blob, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  if (!(start >= 0 && end <= blob.size)) throw corrupt(blob.size, `bytes up to ${end}`, 'the end');
  return new Uint8Array(await blob.slice(start, end).arrayBuffer());
}

function corrupt(offset: number, expected: string, actual: string): FormatError {
  return new FormatError(
    'CORRUPT_DATA',
    `corrupt data at byte ${offset}: expected ${expected}, found ${actual}`,
    { offset, expected, actual },
  );
}

function tooLarge(offset: number, what: string, actual: number, limit: number): FormatError {
  return new FormatError(
    'TOO_LARGE',
    `too large at byte ${offset}: ${what} is ${actual}, the limit is ${limit}`,
    { offset, what, actual, limit },
  );
}
