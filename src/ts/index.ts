// joblite's public names. Every other module is private.

export { FormatError, JobliteError, SetupError, StoreError, TaskError, UnsupportedError } from './errors.js';
export type { ErrorCode, ErrorDetails } from './errors.js';
