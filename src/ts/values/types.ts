// Python's and NumPy's kinds of value for which JavaScript has no class of its own. They are data:
// they compute nothing.

import { type Dtype, dtypeName, layoutOf } from './dtype.js';
import { TYPED_ARRAYS, type TypedArray } from './ops.js';

/** What {@link NDArray} is made of. */
export interface NDArrayInit {
  data: TypedArray | unknown[];
  shape: number[];
  /** By default what `data` says. */
  dtype?: Dtype;
  /** `'C'` (rows follow one another, the default) or `'F'`. */
  order?: 'C' | 'F';
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
    // -0 is 0.
    this.shape = shape.map((n) => n + 0);
    this.order = order;
    const count = shape.reduce((count, n) => count * n, 1);
    if (Array.isArray(data)) {
      if (dtype !== undefined && dtypeName(dtype) !== 'object')
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
    if (this.dtype === 'object') throw new TypeError('data of dtype object must be a plain array');
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
