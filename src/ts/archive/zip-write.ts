// Writing a zip: entries are stored as they are, so that the parts of a result go into the Blob without
// being copied or compressed. Zip64 where something does not fit otherwise.
//
// Own code: what libraries write goes through their buffers, or through a stream that copies it.

import { crc32 } from './crc32.js';
import {
  CENTRAL,
  CENTRAL_BYTES,
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

/** Versions that a reader needs: of folders, of zip64. */
const VERSION = 20;
const VERSION_64 = 45;

type Field = readonly [nbytes: 2 | 4 | 8, value: number];

export class ZipWriter {
  readonly #pieces: Blob[] = [];
  readonly #central: Uint8Array<ArrayBuffer>[] = [];
  #offset = 0;

  /** Adds an entry; the parts may change afterwards. `time` in ms since 1970. */
  add(name: string, parts: readonly (Uint8Array | ArrayBuffer)[], time: number): void {
    const encoded = new TextEncoder().encode(name);
    let crc = 0;
    let size = 0;
    for (const part of parts) {
      crc = crc32(part instanceof Uint8Array ? part : new Uint8Array(part), crc);
      size += part.byteLength;
    }
    const large = size >= FULL_32;
    const far = this.#offset >= FULL_32;
    const sizes: Field[] = large
      ? [
          [8, size],
          [8, size],
        ]
      : [];
    const shared = (version: number, extraBytes: number): Field[] => [
      [2, version],
      [2, UTF_8],
      [2, STORED],
      ...dosTime(time),
      [4, crc],
      [4, large ? FULL_32 : size],
      [4, large ? FULL_32 : size],
      [2, encoded.length],
      [2, extraBytes],
    ];
    const extra = (fields: Field[]): Field[] =>
      fields.length > 0 ? [[2, EXTRA_64], [2, 8 * fields.length], ...fields] : [];
    const localExtra = extra(sizes);
    const local = record(LOCAL_BYTES, [
      [4, LOCAL],
      ...shared(large ? VERSION_64 : VERSION, sumOf(localExtra)),
    ]);
    const localFields = record(sumOf(localExtra), localExtra);
    const centralExtra = extra([...sizes, ...(far ? ([[8, this.#offset]] as Field[]) : [])]);
    const version = large || far ? VERSION_64 : VERSION;
    const central = record(CENTRAL_BYTES, [
      [4, CENTRAL],
      [2, version],
      ...shared(version, sumOf(centralExtra)),
      [2, 0], // comment
      [2, 0], // disk
      [2, 0], // internal attributes
      [4, 0], // external attributes
      [4, far ? FULL_32 : this.#offset],
    ]);
    const piece = new Blob([local, encoded, localFields, ...(parts as BlobPart[])]);
    this.#pieces.push(piece);
    this.#central.push(central, encoded, record(sumOf(centralExtra), centralExtra));
    this.#offset += piece.size;
  }

  /** The whole archive. */
  finish(): Blob {
    const count = this.#central.length / 3;
    const start = this.#offset;
    const directory = new Blob(this.#central);
    const large = count >= FULL_16 || start >= FULL_32 || directory.size >= FULL_32;
    const end64 = large
      ? [
          record(END_64_BYTES, [
            [4, END_64],
            [8, END_64_BYTES - 12],
            [2, VERSION_64],
            [2, VERSION_64],
            [4, 0],
            [4, 0],
            [8, count],
            [8, count],
            [8, directory.size],
            [8, start],
          ]),
          record(LOCATOR_64_BYTES, [
            [4, LOCATOR_64],
            [4, 0],
            [8, start + directory.size],
            [4, 1],
          ]),
        ]
      : [];
    const end = record(END_BYTES, [
      [4, END],
      [2, 0],
      [2, 0],
      [2, large ? FULL_16 : count],
      [2, large ? FULL_16 : count],
      [4, large ? FULL_32 : directory.size],
      [4, large ? FULL_32 : start],
      [2, 0],
    ]);
    return new Blob([...this.#pieces, directory, ...end64, end], { type: 'application/zip' });
  }
}

function sumOf(fields: readonly Field[]): number {
  return fields.reduce((sum, [nbytes]) => sum + nbytes, 0);
}

function record(nbytes: number, fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(nbytes);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

/** A time in the format of DOS: even seconds, from 1980 on. */
function dosTime(time: number): [Field, Field] {
  const date = new Date(Math.max(time, Date.UTC(1980, 0, 1)));
  const clock =
    (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  const day =
    (Math.min(date.getUTCFullYear() - 1980, 127) << 9) |
    ((date.getUTCMonth() + 1) << 5) |
    date.getUTCDate();
  return [
    [2, clock],
    [2, day],
  ];
}
