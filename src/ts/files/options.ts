// The options of `dump` and `load`, and their checks.

import { parseCompress } from './compressors.js';
import { checkMmapMode } from './mmap-mode.js';
import type { DumpDestination } from './sink.js';
import { described, isNodeHandle, tagOf } from './source.js';

/** A compressor's name. Others than these are those of `registerCompressor`. */
export type CompressorName = 'zlib' | 'gzip' | 'bz2' | 'lzma' | 'xz' | 'lz4' | (string & {});

/** What `onProgress` of `dump` and `load` is told. */
export interface FileProgress {
  /** Bytes of the file, compressed if it is, that have been read or written. */
  bytes: number;
  /**
   * How many bytes the file has. Until the end undefined where nobody knows: of a stream, of a response
   * without a `Content-Length` that counts what is read, and of a compressed file that is written.
   */
  totalBytes: number | undefined;
}

export interface DumpOptions {
  /**
   * 0 (the default) to 9 for zlib, true for zlib's usual level, a compressor's name, or name and
   * level. Where it is not given, a path's extension (.z, .gz, .bz2, .xz, .lzma, .lz4) decides.
   */
  readonly compress?:
    | number
    | boolean
    | CompressorName
    | readonly [CompressorName, number]
    | undefined;
  /**
   * Pickle protocol, 2 to 5.
   *
   * Differs from joblib: 5 unless given, which Python 3.8 and later read; joblib's default depends on
   * the version of Python that writes.
   */
  readonly protocol?: number | undefined;
  /**
   * Told how much of the file has been written: at most every 50 ms, and once at the end, before the
   * promise resolves. In a worker and under Node an uncompressed file without a destination is written
   * at once: only its end is told. What it throws ends the call.
   *
   * @example
   * await dump(model, handle, { onProgress: ({ bytes }) => (label.textContent = `${bytes} bytes`) });
   */
  readonly onProgress?: ((progress: FileProgress) => void) | null | undefined;
  /** Ends the call with `signal.reason`. */
  readonly signal?: AbortSignal | null | undefined;
}

export interface LoadOptions {
  /**
   * joblib's values.
   *
   * Differs from joblib: nothing can be mapped here, since JavaScript has neither memory that a file
   * backs nor arrays that are read when they are touched or cannot be written to. With every value
   * arrays are read into memory, may be written to, and change no file, as joblib's 'c'. As in joblib,
   * a warning says that it is of no use for a compressed file.
   */
  readonly mmapMode?: 'r+' | 'r' | 'w+' | 'c' | null | undefined;
  /** Classes and functions that joblite does not know are an error instead of a `PyObject`. */
  readonly strict?: boolean | undefined;
  /** Bytes that a compressed file may hold: 2 GiB unless given. Beyond, TOO_LARGE. */
  readonly maxBytes?: number | undefined;
  /**
   * Told how much of the file has been read: at most every 50 ms, and once at the end, before the
   * promise resolves with the value, which may take longer to make than the last bytes to read. What it
   * throws ends the call.
   *
   * @example
   * await load(file, {
   *   onProgress({ bytes, totalBytes }) {
   *     if (totalBytes !== undefined) bar.value = bytes / totalBytes;
   *   },
   * });
   */
  readonly onProgress?: ((progress: FileProgress) => void) | null | undefined;
  /** Ends the call with `signal.reason`. */
  readonly signal?: AbortSignal | null | undefined;
}

const MAX_BYTES = 2 ** 31;

const DUMP_OPTIONS = ['compress', 'protocol', 'onProgress', 'signal'];
const LOAD_OPTIONS = ['mmapMode', 'strict', 'maxBytes', 'onProgress', 'signal'];

export interface DumpSettings {
  destination: DumpDestination | undefined;
  compress: { name: string; level: number } | null;
  protocol: number;
  onProgress: ((progress: FileProgress) => void) | undefined;
  signal: AbortSignal | undefined;
}

/** Checks what `dump` was given after the value. */
export function dumpSettings(second: unknown, third: unknown): DumpSettings {
  const into = isDestination(second) ? second : undefined;
  if (into === undefined && !isOptions(second)) {
    throw new TypeError(
      `Second argument should be a path, a file handle, a WritableStream or options, ${described(second)} (type ${typeof second}) was given.`,
    );
  }
  const options = checked<DumpOptions>('dump', into === undefined ? second : third, DUMP_OPTIONS);
  const { compress = 0, protocol = 5 } = options;
  if (!(Number.isInteger(protocol) && protocol >= 2 && protocol <= 5)) {
    throw new RangeError(`pickle protocol must be 2, 3, 4 or 5, got ${described(protocol)}`);
  }
  const path =
    typeof into === 'string' || into instanceof URL ? String(into).split(/[?#]/)[0] : undefined;
  return {
    destination: into,
    compress: parseCompress(compress, path),
    protocol,
    onProgress: onProgressOf('dump', options.onProgress),
    signal: signalOf('dump', options.signal),
  };
}

export interface LoadSettings {
  mmapMode: string | null;
  strict: boolean;
  maxBytes: number;
  onProgress: ((progress: FileProgress) => void) | undefined;
  signal: AbortSignal | undefined;
}

/** Checks what `load` was given after the source. */
export function loadSettings(given: unknown): LoadSettings {
  const options = checked<LoadOptions>('load', given, LOAD_OPTIONS);
  const { mmapMode = null, strict = false, maxBytes = MAX_BYTES } = options;
  checkMmapMode(mmapMode);
  if (typeof strict !== 'boolean') {
    throw new TypeError(`load: strict must be true or false, got ${described(strict)}`);
  }
  if (!(typeof maxBytes === 'number' && maxBytes > 0)) {
    throw new RangeError(`load: maxBytes must be a positive number, got ${described(maxBytes)}`);
  }
  const onProgress = onProgressOf('load', options.onProgress);
  return { mmapMode, strict, maxBytes, onProgress, signal: signalOf('load', options.signal) };
}

function isDestination(value: unknown): value is DumpDestination {
  return (
    typeof value === 'string' ||
    value instanceof URL ||
    isNodeHandle(value) ||
    /^(WritableStream|FileSystemWritableFileStream|FileSystemFileHandle)$/.test(tagOf(value))
  );
}

function isOptions(value: unknown): boolean {
  return value === undefined || (tagOf(value) === 'Object' && typeof value === 'object');
}

function checked<T>(name: string, options: unknown, known: string[]): T {
  if (!isOptions(options)) {
    throw new TypeError(`${name}: the options must be an object, got ${described(options)}`);
  }
  for (const [key, value] of Object.entries(options ?? {})) {
    if (!known.includes(key) && value !== undefined) {
      throw new TypeError(`${name} got an unknown option ${key}; it knows ${known.join(', ')}`);
    }
  }
  return (options ?? {}) as T;
}

function onProgressOf(
  name: string,
  onProgress: LoadOptions['onProgress'],
): ((progress: FileProgress) => void) | undefined {
  if (onProgress === null || onProgress === undefined) return undefined;
  if (typeof onProgress !== 'function') {
    throw new TypeError(`${name}: onProgress must be a function, got ${described(onProgress)}`);
  }
  return onProgress;
}

function signalOf(name: string, signal: AbortSignal | null | undefined): AbortSignal | undefined {
  if (signal === null || signal === undefined) return undefined;
  if (typeof signal !== 'object' || typeof signal.aborted !== 'boolean') {
    throw new TypeError(`${name}: signal must be an AbortSignal, got ${described(signal)}`);
  }
  return signal;
}
