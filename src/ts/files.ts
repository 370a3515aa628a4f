// The entry `joblite/files`: files and hashes, without what runs tasks or keeps results.

export type { ErrorCode, ErrorDetails } from './errors.js';
export {
  FormatError,
  JobliteError,
  SetupError,
  TaskError,
  UnsupportedError,
} from './errors.js';
export { dump, load } from './files/dump-load.js';
export type { CompressorName, DumpOptions, FileProgress, LoadOptions } from './files/options.js';
export type { ByteTransform, Compressor } from './files/register-compressor.js';
export { registerCompressor } from './files/register-compressor.js';
export type { DumpDestination } from './files/sink.js';
export type { LoadSource, NodeFileHandle } from './files/source.js';
export type { HashOptions } from './hash.js';
export { hash } from './hash.js';
export type { InitOptions } from './init.js';
export { init } from './init.js';
export type {
  Dtype,
  DtypeField,
  NDArrayInit,
  PyDateTimeInit,
  PyObjectInit,
} from './values/index.js';
export {
  DataFrame,
  NDArray,
  PyDateTime,
  PyFrozenSet,
  PyObject,
  PyTuple,
  registerValueType,
  Series,
} from './values/index.js';
