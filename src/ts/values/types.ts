// Python's and NumPy's kinds of value for which JavaScript has no class of its own. They are data:
// they compute nothing. Fields are declared only: the constructors set them, which makes less script.

import { type Dtype, dtypeName, hasObjects, layoutOf } from './dtype.js';
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
 * array of dtype `object` has them in a plain array, and so has one of records with objects in them.
 *
 * @example new NDArray({ data: new Float64Array(6), shape: [2, 3] })
 */
export class NDArray {
  declare readonly data: TypedArray | unknown[];
  declare readonly shape: number[];
  declare readonly dtype: Dtype;
  declare readonly order: 'C' | 'F';

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
      this.dtype = dtypeName(dtype ?? 'object');
      if (!hasObjects(this.dtype)) throw new TypeError('data of this dtype must be a typed array');
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
    if (hasObjects(this.dtype)) throw new TypeError('data of dtype object must be a plain array');
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
  module?: string;
  name?: string;
  args?: readonly unknown[];
  /** A plain object; a Map is refused when the object is written. */
  kwargs?: Record<string, unknown> | null | undefined;
  state?: unknown;
  construct?: 'call' | 'new' | 'global';
  listItems?: unknown[] | null;
  dictItems?: Map<unknown, unknown> | null;
  callable?: PyObject | null;
  stateSetter?: PyObject | null;
}

/**
 * Any other Python object, as data: the class or function, its arguments, and the state it is given.
 * joblite never calls it; Python does when it loads the file.
 *
 * @example new PyObject({ module: 'decimal', name: 'Decimal', args: ['1.5'] })
 */
export class PyObject {
  /** Module of the class or function; empty where `callable` says what is called. */
  declare readonly module: string;
  /** Its name there, `Outer.Inner` inside a class. */
  declare readonly name: string;
  /** Positional arguments. */
  declare readonly args: PyTuple;
  /**
   * Keyword arguments: a plain object, whose keys are the names, or null for none. Anything else, such as
   * a Map, is UNSUPPORTED_VALUE when the object is written.
   */
  declare readonly kwargs: Record<string, unknown> | null;
  /** What `__setstate__` gets, or what the attributes are. */
  declare readonly state: unknown;
  /** `callable(*args)`, `cls.__new__(cls, *args)`, or the class itself. */
  declare readonly construct: 'call' | 'new' | 'global';
  /** Items appended afterwards, for subclasses of list. */
  declare readonly listItems: unknown[] | null;
  /** Items set afterwards, for subclasses of dict. */
  declare readonly dictItems: Map<unknown, unknown> | null;
  /** What is called, where it is an object itself, such as a `functools.partial`. */
  declare readonly callable: PyObject | null;
  /** What is called with the object and its state instead of `__setstate__`. */
  declare readonly stateSetter: PyObject | null;

  constructor({
    module = '',
    name = '',
    args = [],
    kwargs = null,
    state = null,
    construct = 'call',
    listItems = null,
    dictItems = null,
    callable = null,
    stateSetter = null,
  }: PyObjectInit) {
    this.module = module;
    this.name = name;
    this.args = PyTuple.from(args);
    this.kwargs = kwargs;
    this.state = state;
    this.construct = construct;
    this.listItems = listItems;
    this.dictItems = dictItems;
    this.callable = callable;
    this.stateSetter = stateSetter;
  }
}

/** A Python frozenset: a Set of another class. Python takes into it only what it can hash. */
export class PyFrozenSet<T = unknown> extends Set<T> {}

/** What {@link PyDateTime} knows beside the instant. */
export interface PyDateTimeInit {
  microsecond?: number;
  tzinfo?: unknown;
  fold?: 0 | 1;
}

/**
 * A `datetime.datetime` that a Date alone cannot hold: with microseconds, without a time zone, or in
 * another one than UTC. As a Date it is the instant; without a time zone, or with one that is no
 * `datetime.timezone`, the one at which clocks in UTC show its fields.
 *
 * @example new PyDateTime(Date.UTC(2020, 0, 2), { microsecond: 5 }) // datetime.datetime(2020, 1, 2, 0, 0, 0, 5)
 */
export class PyDateTime extends Date {
  /** Microseconds beyond the milliseconds, 0 to 999. */
  declare readonly microsecond: number;
  /** The time zone, a {@link PyObject}; null for none. */
  declare readonly tzinfo: unknown;
  /** 1 for the second of two times that clocks show alike. */
  declare readonly fold: 0 | 1;

  constructor(
    time: number | string | Date,
    { microsecond = 0, tzinfo = null, fold = 0 }: PyDateTimeInit = {},
  ) {
    super(time);
    this.microsecond = microsecond;
    this.tzinfo = tzinfo;
    this.fold = fold;
  }
}

/** A pandas Series, as data. */
export class Series {
  declare readonly data: unknown;
  /** Labels of the rows; null counts them from 0. */
  declare readonly index: unknown;
  declare readonly name: unknown;

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
  declare readonly columns: Map<unknown, unknown>;
  /** Labels of the rows; null counts them from 0. */
  declare readonly index: unknown;

  constructor({
    columns,
    index = null,
  }: { columns: Map<unknown, unknown> | Record<string, unknown>; index?: unknown }) {
    this.columns = columns instanceof Map ? columns : new Map(Object.entries(columns));
    this.index = index;
  }
}
