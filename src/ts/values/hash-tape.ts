// The hash of a tape, Python's `joblib.hash` above all. What is hashed for that is the engine's; the
// contents of arrays stay here and are handed over in pieces.

import type { HashOptions } from '../hash.js';
import { pace } from '../parallel/pace.js';
import { onPage } from '../parallel/realm.js';
import { callEngine, type Engine } from '../wasm.js';
import { readTape } from './build.js';
import { hashValue } from './hash.js';
import type { Tape } from './ops.js';
import { writeText } from './pickle.js';

/** How much of a buffer the engine is given at once. */
const PIECE = 1 << 18;

/**
 * The hash of a tape's value: as `hashValue`, or with `hashName` what Python's `joblib.hash` gives. A
 * promise where there are Blobs, or a page would wait too long.
 *
 * @throws UnsupportedError UNSUPPORTED_VALUE with the path of what joblib hashes otherwise or not at all
 * @throws RangeError for another hashName or python
 */
export function hashTape(
  engine: Engine,
  tape: Tape,
  options: HashOptions = {},
): string | Promise<string> {
  if ((options.hashName ?? options.python) === undefined) return hashValue(engine, readTape(tape));
  const { sha1, minor } = checkOptions(options);
  const steps = hashing(engine, tape, sha1, minor);
  if (onPage()) return inSlices(steps);
  for (;;) {
    const { done, value } = callEngine(() => steps.next());
    if (done) return value as string;
  }
}

function checkOptions({ hashName, python = '3.14' }: HashOptions): {
  sha1: boolean;
  minor: number;
} {
  if (hashName !== 'md5' && hashName !== 'sha1') {
    throw new RangeError(
      `Valid options for 'hashName' are ('md5', 'sha1'). Got hashName=${show(hashName)} instead.`,
    );
  }
  const minor = /^3\.(\d{1,3})$/.exec(String(python))?.[1];
  if (minor === undefined)
    throw new RangeError(`python must be a version such as '3.14', got ${show(python)}`);
  return { sha1: hashName === 'sha1', minor: Number(minor) };
}

const show = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value));

async function inSlices(steps: Generator<void, string>): Promise<string> {
  for (;;) {
    const { done, value } = callEngine(() => steps.next());
    if (done) return value as string;
    await pace();
  }
}

/** Hashes a piece of a buffer at each step. */
function* hashing(
  engine: Engine,
  tape: Tape,
  sha1: boolean,
  minor: number,
): Generator<void, string> {
  const job = begin(engine, tape, sha1, minor);
  try {
    for (const number of job.keyBuffers()) job.fill(number, bytesOf(tape, number));
    for (;;) {
      const number = job.nextBuffer();
      if (number < 0) return job.hex();
      const bytes = bytesOf(tape, number);
      for (let at = 0; at < bytes.byteLength; at += PIECE) {
        job.update(bytes.subarray(at, at + PIECE));
        yield;
      }
    }
  } finally {
    job.free();
  }
}

function begin(engine: Engine, tape: Tape, sha1: boolean, minor: number) {
  const text = new engine.Scratch(0);
  try {
    const length = writeText(engine, text, tape.text);
    const sizes = Float64Array.from(tape.buffers, (buffer) =>
      buffer instanceof ArrayBuffer ? buffer.byteLength : buffer.size,
    );
    return new engine.JoblibHash(tape.ops, text, length, sizes, sha1, minor);
  } finally {
    text.free();
  }
}

/** A Blob's bytes are never asked for: the engine has refused it before. */
function bytesOf(tape: Tape, number: number): Uint8Array {
  const buffer = tape.buffers[number];
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : new Uint8Array();
}
