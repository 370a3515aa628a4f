// joblite's error classes, one a family, and their wire form.
// An `Error` subclass loses its class and its fields in `postMessage`, so errors cross threads as
// plain objects (`toWire`, `fromWire`); errors of the wasm engine arrive in the same shape.

export type FormatErrorCode = 'CORRUPT_DATA' | 'UNKNOWN_COMPRESSION' | 'TOO_LARGE';
export type UnsupportedErrorCode =
  | 'UNSUPPORTED_OPCODE'
  | 'UNSUPPORTED_GLOBAL'
  | 'UNSUPPORTED_DTYPE'
  | 'UNSUPPORTED_VALUE';
export type StoreErrorCode =
  | 'STORE_UNAVAILABLE'
  | 'QUOTA_EXCEEDED'
  | 'STORE_BLOCKED'
  | 'STORE_ABORTED'
  | 'ITEM_NOT_FOUND';
export type TaskErrorCode =
  | 'TASK_NOT_CLONEABLE'
  | 'TASK_TIMEOUT'
  | 'TASK_MUTATED_INPUT'
  | 'WORKER_LOST'
  | 'WORKER_START_FAILED'
  | 'CLOSURE_VARIABLE';
export type SetupErrorCode = 'NOT_INITIALIZED' | 'THREADS_UNAVAILABLE' | 'WASM_PANICKED';
export type ErrorCode =
  | FormatErrorCode
  | UnsupportedErrorCode
  | StoreErrorCode
  | TaskErrorCode
  | SetupErrorCode;

/** What an error says beside its message: `offset`, `path`, `taskIndex` and the like. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The base of every error that joblite itself throws; `code` is stable, the message is not. */
export class JobliteError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name: string = 'JobliteError';
  readonly code: Code;
  readonly details: ErrorDetails;

  constructor(code: Code, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** The bytes of a file are damaged, unknown, or claim too much. `details.offset` is in bytes. */
export class FormatError extends JobliteError<FormatErrorCode> {
  override readonly name = 'FormatError';
}

/** A value or a file content that joblite cannot hold. `details.path` or `details.offset` says where. */
export class UnsupportedError extends JobliteError<UnsupportedErrorCode> {
  override readonly name = 'UnsupportedError';
}

/** The store did not do what was asked. */
export class StoreError extends JobliteError<StoreErrorCode> {
  override readonly name = 'StoreError';
}

/** A task could not be run to its end. `details.taskIndex` counts from 0. */
export class TaskError extends JobliteError<TaskErrorCode> {
  override readonly name = 'TaskError';
}

/** joblite itself could not start, or has stopped. */
export class SetupError extends JobliteError<SetupErrorCode> {
  override readonly name = 'SetupError';
}

const FAMILY = {
  CORRUPT_DATA: FormatError,
  UNKNOWN_COMPRESSION: FormatError,
  TOO_LARGE: FormatError,
  UNSUPPORTED_OPCODE: UnsupportedError,
  UNSUPPORTED_GLOBAL: UnsupportedError,
  UNSUPPORTED_DTYPE: UnsupportedError,
  UNSUPPORTED_VALUE: UnsupportedError,
  STORE_UNAVAILABLE: StoreError,
  QUOTA_EXCEEDED: StoreError,
  STORE_BLOCKED: StoreError,
  STORE_ABORTED: StoreError,
  ITEM_NOT_FOUND: StoreError,
  TASK_NOT_CLONEABLE: TaskError,
  TASK_TIMEOUT: TaskError,
  TASK_MUTATED_INPUT: TaskError,
  WORKER_LOST: TaskError,
  WORKER_START_FAILED: TaskError,
  CLOSURE_VARIABLE: TaskError,
  NOT_INITIALIZED: SetupError,
  THREADS_UNAVAILABLE: SetupError,
  WASM_PANICKED: SetupError,
} as const;

/** Makes the error of the right family for `code`. */
export function makeError(
  code: ErrorCode,
  message: string,
  details?: ErrorDetails,
  options?: ErrorOptions,
): JobliteError {
  // Each code stands under the class that takes it; TypeScript does not follow that through a union.
  const Family = FAMILY[code] as new (
    code: ErrorCode,
    message: string,
    details?: ErrorDetails,
    options?: ErrorOptions,
  ) => JobliteError;
  return new Family(code, message, details, options);
}

/** An engine error as `src/wasm/error.rs` throws it. */
interface EngineError {
  joblite: ErrorCode;
  message: string;
  details: ErrorDetails;
}

/** Turns what the wasm engine threw into the error that users see; anything else is returned as it is. */
export function fromEngine(thrown: unknown): unknown {
  if (typeof thrown === 'object' && thrown !== null && 'joblite' in thrown) {
    const { joblite, message, details } = thrown as EngineError;
    if (joblite in FAMILY) return makeError(joblite, message, details);
  }
  return thrown;
}
