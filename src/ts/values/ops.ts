// The tape: the form in which a value crosses between JavaScript and the engine.
// src/tape/mod.rs describes the ops; these numbers are the same as there.

/** One value: ops and numbers, the joined text of its strings in blocks, and its buffers, untouched. */
export interface Tape {
  ops: Uint8Array<ArrayBuffer>;
  /** Blocks of at most 2^20 UTF-16 code units, or a single longer string. */
  text: string[];
  /** A `Blob` stands where its bytes have not been read yet; see `readBlobs`. */
  buffers: (ArrayBuffer | Blob)[];
}

/** Flag in the first byte: there are REFs, so that a builder has to number containers. */
export const HAS_REFERENCES = 1;

export const NULL = 0;
export const UNDEFINED = 1;
export const FALSE = 2;
export const TRUE = 3;
export const BYTE = 4;
export const INT = 5;
export const FLOAT = 6;
export const STR = 7;
export const STR_REF = 8;
export const ARRAY = 9;
export const OBJECT = 10;
export const SHAPE = 11;
export const REF = 12;
export const STRINGS = 13;
export const INTS = 14;
export const FLOATS = 15;
export const DICT = 16;
export const MAP = 17;
export const SET = 18;
export const DATE = 19;
export const BIGINT = 20;
export const BYTES = 21;
export const TYPED = 22;
export const NDARRAY = 23;
export const TUPLE = 24;
export const HOLES = 25;
export const PYOBJECT = 26;
export const NOTE = 27;
export const OBJECTS = 28;
export const RECORDS = 29;
export const FROZENSET = 30;
export const DATETIME = 31;

/** Added to what makes a PYOBJECT if it has a callable, keyword arguments or a state setter. */
export const EXTENDED = 4;

/** UTF-16 code units in a block of text: slices of a decoded block keep all of it alive. */
export const BLOCK_UNITS = 1 << 20;

/** Holes in one value. */
export const MAX_HOLES = 1 << 20;

/** How many containers may enclose a value; the engine has the same limit. */
export const MAX_DEPTH = 1000;

/** Above this many keys an object has no shape: comparing shapes would cost more than it saves. */
export const SHAPE_KEYS = 40;

/** What holds the elements of an array. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** A typed array's class, as far as the tape needs it. */
export interface TypedArrayClass {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: object;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): TypedArray;
}

/** Not in every engine yet; where it is missing, arrays of float16 are `NDArray`s. */
const Float16: TypedArrayClass | undefined = (globalThis as { Float16Array?: TypedArrayClass })
  .Float16Array;

/** In the order of `TYPED_ARRAYS` in src/value/array.rs. */
export const TYPED_ARRAYS: readonly (TypedArrayClass | undefined)[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  Float16,
];
