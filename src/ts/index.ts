// joblite's public names. Every other module is private.

export type { Environment } from './environment.js';
export { environment } from './environment.js';
export type { ErrorCode, ErrorDetails } from './errors.js';
export {
  FormatError,
  JobliteError,
  SetupError,
  StoreError,
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
export type { MemorizedFunc } from './memory/cached-function.js';
export type { Duration } from './memory/duration.js';
export { expiresAfter } from './memory/expires-after.js';
export type { IdentityOptions } from './memory/identity.js';
export type { CacheItem, Estimate } from './memory/items.js';
export { MemorizedResult, NotMemorizedResult } from './memory/memorized-result.js';
export { Memory } from './memory/memory.js';
export type {
  CacheOptions,
  Limits,
  MemoryOptions,
  ResultOptions,
} from './memory/memory-options.js';
export type { ItemMetadata } from './memory/metadata.js';
export { registerStoreBackend } from './memory/register-store-backend.js';
export type {
  StoreBackend,
  StoreBackendFactory,
  StoreEntry,
  StoreGuarantees,
  StoreOperation,
  StorePart,
} from './memory/store-backend.js';
export type { BackendName } from './parallel/backends.js';
export { cpuCount, effectiveNJobs } from './parallel/cpu-count.js';
export type { WorkerTasks } from './parallel/functions.js';
export { fromModule, workerTasks } from './parallel/functions.js';
export type { TaskInput } from './parallel/input.js';
export type { BatchInfo, ParallelOptions, Progress } from './parallel/options.js';
export type { ParallelInstance } from './parallel/parallel.js';
export { Parallel, parallelMap } from './parallel/parallel.js';
export type { Task } from './parallel/task.js';
export { delayed } from './parallel/task.js';
export { transfer } from './parallel/transfer.js';
export type {
  AlignedDtype,
  Dtype,
  DtypeField,
  FieldName,
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
