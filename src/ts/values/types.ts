// Python's and NumPy's kinds of value for which JavaScript has no class of its own. They are data:
// they compute nothing.

import { TYPED_ARRAYS, type TypedArray, type TypedArrayClass } from './ops.js';

/** A field of a structured dtype: name, dtype, and a shape where the field is an array. A field named `''` is padding. */
export type DtypeField =
  | [name: string, dtype: Dtype]
  | [name: string, dtype: Dtype, shape: number[]];

/**
 * The type of an array's elements: NumPy's name (`'float64'`, `'bool'`, `'datetime64[ns]'`), its
 * short form (`'<f8'`, `'<U5'`), or the fields of a record.
 */
export type Dtype = string | DtypeField[];

/** What {@link NDArray} is made of. */
export interface NDArrayInit {
  data: TypedArray | unknown[];
  shape: number[];
  /** By default what `data` says. */
  dtype?: Dtype;
  /** `'C'` (rows follow one another, the default) or `'F'`. */
  order?: 'C' | 'F';
}

/** NumPy's names with their short forms. */
const NAMES: Record<string, string> = {
  bool: '|b1',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  complex64: '<c8',
  complex128: '<c16',
  object: '|O',
};

const SHORT = new Map(Object.entries(NAMES).map(([name, short]) => [short, name]));

/** The short form of a dtype, as NumPy's `descr` has it. */
export function descr(dtype: Dtype): unknown {
  if (typeof dtype !== 'string')
    return dtype.map(([name, type, ...shape]) => [name, descr(type), ...shape]);
  const dated = /^(datetime|timedelta)64(\[.*\])?$/.exec(dtype);
  if (dated) return `<${dated[1] === 'datetime' ? 'M' : 'm'}8${dated[2] ?? ''}`;
  return NAMES[dtype] ?? dtype;
}

/** The dtype as joblite spells it: by its name where it has one. */
export function dtypeName(short: unknown): Dtype {
  if (Array.isArray(short))
    return short.map(([name, type, ...shape]) => [name, dtypeName(type), ...shape] as DtypeField);
  const text = String(short);
  const dated = /^[<=|]?([Mm])8(\[.*\])?$/.exec(text);
  if (dated) return `${dated[1] === 'M' ? 'datetime' : 'timedelta'}64${dated[2] ?? ''}`;
  const order = /^[<>|=]/.test(text) ? '' : text.endsWith('1') ? '|' : '<';
  return SHORT.get(order + text.replace(/^=/, '<')) ?? text;
}

/** Bytes per element, and the class that holds elements, of a dtype. */
export function layoutOf(dtype: Dtype): { itemsize: number; swap: number; Class: TypedArrayClass } {
  const short = descr(dtype);
  if (typeof short !== 'string') {
    let itemsize = 0;
    for (const [, type, shape = []] of dtype as DtypeField[]) {
      itemsize += layoutOf(type).itemsize * shape.reduce((count, n) => count * n, 1);
    }
    return { itemsize, swap: 1, Class: Uint8Array };
  }
  const match = /^([<>|=]?)([biufcmMSUVO])(\d*)(\[.*\])?$/.exec(short);
  if (!match) throw new TypeError(`dtype must be one that NumPy has, got ${JSON.stringify(dtype)}`);
  const [, order, kind = '', digits] = match;
  const number = Number(digits || (kind === 'O' ? 8 : 0));
  const big = order === '>';
  const of = (itemsize: number, Class: TypedArrayClass | undefined, swap = itemsize) => ({
    itemsize,
    swap: big ? swap : 1,
    Class: Class ?? Uint8Array,
  });
  switch (kind) {
    case 'i':
      return of(
        number,
        { 1: Int8Array, 2: Int16Array, 4: Int32Array, 8: BigInt64Array }[number] as TypedArrayClass,
      );
    case 'u':
      return of(
        number,
        { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array }[
          number
        ] as TypedArrayClass,
      );
    case 'f':
      return of(
        number,
        { 2: TYPED_ARRAYS[11] ?? Uint16Array, 4: Float32Array, 8: Float64Array }[
          number
        ] as TypedArrayClass,
      );
    case 'c':
      return of(
        number,
        { 8: Float32Array, 16: Float64Array }[number] as TypedArrayClass,
        number / 2,
      );
    case 'm':
    case 'M':
      return of(8, BigInt64Array);
    case 'U':
      return of(number * 4, Uint32Array, 4);
    default:
      return of(number, Uint8Array, 1);
  }
}

const DTYPE_OF = [
  'int8',
  'uint8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'float32',
  'float64',
  'int64',
  'uint64',
  'float16',
];

/**
 * An n-dimensional array: `numpy.ndarray` in Python. Elements lie in `data` in C or F order. Complex
 * numbers take two elements each, a string of dtype `<U5` five code points, a record its bytes; an
 * array of dtype `object` has them in a plain array.
 *
 * @example new NDArray({ data: new Float64Array(6), shape: [2, 3] })
 */
export class NDArray {
  readonly data: TypedArray | unknown[];
  readonly shape: number[];
  readonly dtype: Dtype;
  readonly order: 'C' | 'F';

  constructor({ data, shape, dtype, order = 'C' }: NDArrayInit) {
    if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
      throw new RangeError(`shape must be whole numbers, got [${shape}]`);
    }
    if (order !== 'C' && order !== 'F')
      throw new RangeError(`order must be 'C' or 'F', got ${String(order)}`);
    this.data = data;
    this.shape = [...shape];
    this.order = order;
    const count = shape.reduce((count, n) => count * n, 1);
    if (Array.isArray(data)) {
      if (dtype !== undefined && descr(dtype) !== '|O')
        throw new TypeError('data of this dtype must be a typed array');
      this.dtype = 'object';
      if (data.length !== count)
        throw new RangeError(`shape [${shape}] wants ${count} elements, data has ${data.length}`);
      return;
    }
    const own =
      DTYPE_OF[
        TYPED_ARRAYS.findIndex((Class) => Class !== undefined && data instanceof (Class as never))
      ];
    if (own === undefined)
      throw new TypeError('data must be a typed array, or a plain array for dtype object');
    this.dtype = dtype === undefined ? own : dtypeName(dtype);
    const nbytes = count * layoutOf(this.dtype).itemsize;
    if (data.byteLength !== nbytes) {
      throw new RangeError(
        `shape [${shape}] of ${JSON.stringify(this.dtype)} wants ${nbytes} bytes, data has ${data.byteLength}`,
      );
    }
  }
}

/** A Python tuple: an array of another class. */
export class PyTuple<T = unknown> extends Array<T> {
  /** What `map`, `slice` and the like return is a plain array. */
  static override get [Symbol.species]() {
    return Array;
  }
}

/** What {@link PyObject} is made of. */
export interface PyObjectInit {
  module: string;
  name: string;
  args?: readonly unknown[];
  state?: unknown;
  construct?: 'call' | 'new' | 'global';
  listItems?: unknown[] | null;
  dictItems?: Map<unknown, unknown> | null;
}

/**
 * Any other Python object, as data: the class or function, its arguments, and the state it is given.
 * joblite never calls it; Python does when it loads the file.
 *
 * @example new PyObject({ module: 'decimal', name: 'Decimal', args: ['1.5'] })
 */
export class PyObject {
  readonly module: string;
  readonly name: string;
  readonly args: PyTuple;
  readonly state: unknown;
  /** `callable(*args)`, `cls.__new__(cls, *args)`, or the class itself. */
  readonly construct: 'call' | 'new' | 'global';
  /** Items appended afterwards, for subclasses of list. */
  readonly listItems: unknown[] | null;
  /** Items set afterwards, for subclasses of dict. */
  readonly dictItems: Map<unknown, unknown> | null;

  constructor({
    module,
    name,
    args = [],
    state = null,
    construct = 'call',
    listItems = null,
    dictItems = null,
  }: PyObjectInit) {
    this.module = module;
    this.name = name;
    this.args = PyTuple.from(args);
    this.state = state;
    this.construct = construct;
    this.listItems = listItems;
    this.dictItems = dictItems;
  }
}

/** A pandas Series, as data. */
export class Series {
  readonly data: unknown;
  /** Labels of the rows; null counts them from 0. */
  readonly index: unknown;
  readonly name: unknown;

  constructor({
    data,
    index = null,
    name = null,
  }: { data: unknown; index?: unknown; name?: unknown }) {
    this.data = data;
    this.index = index;
    this.name = name;
  }
}

/**
 * A pandas DataFrame, as data: columns by their labels.
 *
 * @example new DataFrame({ columns: new Map([['x', new Float64Array(3)], ['name', ['a', 'b', 'c']]]) })
 */
export class DataFrame {
  /** Each column's elements: a typed array, a plain array or an {@link NDArray}. */
  readonly columns: Map<unknown, unknown>;
  /** Labels of the rows; null counts them from 0. */
  readonly index: unknown;

  constructor({
    columns,
    index = null,
  }: { columns: Map<unknown, unknown> | Record<string, unknown>; index?: unknown }) {
    this.columns = columns instanceof Map ? columns : new Map(Object.entries(columns));
    this.index = index;
  }
}
