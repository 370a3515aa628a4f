// How the builder makes objects that are neither plain objects nor arrays.

import { UnsupportedError } from '../errors.js';
import { buildDateTime } from './build-datetime.js';
import { dtypeName, layoutOf } from './dtype.js';
import { inF } from './element-order.js';
import { ERROR_CLASSES, HIDDEN_FIELDS } from './kinds.js';
import { TYPED_ARRAYS } from './ops.js';
import { codecNamed } from './register.js';
import {
  DataFrame,
  NDArray,
  PyFrozenSet,
  PyObject,
  type PyObjectInit,
  PyTuple,
  Series,
} from './types.js';
import { CONSTRUCTS } from './walk-kinds.js';

/** An ArrayBuffer; or the Blob itself where its bytes have not been read. */
export function bytesBuilder(content: ArrayBuffer | Blob): ArrayBuffer | Blob {
  return content;
}

interface Description {
  dtype: unknown;
  order: 'C' | 'F';
  shape: number[];
}

/** A typed array by its number, or an NDArray by its description. */
export function makeArray(kind: number | Description, content: ArrayBuffer): unknown {
  if (typeof kind === 'number') {
    const Class = TYPED_ARRAYS[kind];
    if (Class !== undefined) return new Class(content);
    return new NDArray({
      data: new Uint16Array(content),
      shape: [content.byteLength / 2],
      dtype: 'float16',
    });
  }
  const { order, shape } = kind;
  const { swap, Class } = layoutOf(dtypeName(kind.dtype));
  const bytes = swap > 1 ? swapped(content, swap) : content;
  const dtype = dtypeName(swap > 1 ? String(kind.dtype).replace('>', '<') : kind.dtype);
  // Only its byte order kept it from being a typed array.
  const isTypedArray = dtype !== 'float16' || Class !== Uint16Array;
  if (swap > 1 && shape.length === 1 && /^>[iuf]/.test(String(kind.dtype)) && isTypedArray)
    return new Class(bytes);
  const isTyped = Number.isInteger(bytes.byteLength / Class.BYTES_PER_ELEMENT);
  const data = isTyped ? new Class(bytes) : new Uint8Array(bytes);
  return new NDArray({ data, shape, dtype, order });
}

/** A copy in the other byte order, as `joblib.load` gives it. */
function swapped(content: ArrayBuffer, size: number): ArrayBuffer {
  const bytes = new Uint8Array(content.slice(0));
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes.buffer;
}

/** An NDArray of objects, which may contain itself: made first, finished when its elements are there. */
export function makeObjects(order: 'C' | 'F'): {
  array: NDArray;
  finish(shape: number[], data: unknown[], dtype?: unknown): NDArray;
} {
  const array: NDArray = Object.create(NDArray.prototype);
  return {
    array,
    finish: (shape, data, dtype = 'object') =>
      Object.assign(
        array,
        new NDArray({
          data: order === 'F' ? inF(data, shape) : data,
          shape,
          dtype: dtypeName(dtype),
          order,
        }),
      ),
  };
}

/** A Python object that exists before its fields do, as its state may refer to it. */
export function makePyObject(construct: number): {
  object: PyObject;
  finish(fields: unknown[]): unknown;
} {
  const object = new PyObject({ module: '', name: '', construct: CONSTRUCTS[construct] ?? 'call' });
  return {
    object,
    finish([module, name, args, state, listItems, dictItems, callable, kwargs, stateSetter]) {
      const list = (args ?? []) as unknown[];
      const fields = {
        module,
        name,
        args: PyTuple.from(list),
        state,
        listItems,
        dictItems,
        callable: callable ?? null,
        kwargs: kwargs ?? null,
        stateSetter: stateSetter ?? null,
      } as PyObjectInit;
      const isBareCall =
        object.construct === 'call' &&
        [state, listItems, dictItems, callable, kwargs].every((field) => (field ?? null) === null);
      return (isBareCall && known(`${module}.${name}`, list)) || Object.assign(object, fields);
    },
  };
}

/** What has a class of its own in JavaScript. */
function known(name: string, args: unknown[]): unknown {
  const [first] = args;
  if (name === 'datetime.datetime') return buildDateTime(args);
  if (name === 'builtins.frozenset' && args.length === 1 && Array.isArray(first))
    return new PyFrozenSet(first);
  return name.startsWith('pandas.') ? pandas(name.slice(7), args) : undefined;
}

function pandas(name: string, args: unknown[]): unknown {
  if (name === 'Series' && args.length === 4)
    return new Series({ data: args[0], index: args[1], name: args[3] });
  const [columns, index] = args;
  if (name === 'DataFrame' && args.length === 3 && columns instanceof Map)
    return new DataFrame({ columns, index });
  return undefined;
}

/** What a note makes of its data. `begun` exists before the data, which may refer to it. */
interface Note {
  begun?: object;
  /** Notes are written by `walk-kinds.ts`, which says what each one holds. */
  // biome-ignore lint/suspicious/noExplicitAny: the data of each kind has a type of its own
  finish(data: any): unknown;
}

export function buildNote(kind: string): Note {
  const [family, name] = split(kind);
  switch (family) {
    case 'RegExp':
      return {
        finish: ([source, flags]: [string, string]) => new RegExp(source, flags),
      };
    case 'Error':
      return error(name);
    case 'DOMException':
      return { finish: ([message, name]: [string, string]) => new DOMException(message, name) };
    case 'Number':
    case 'String':
    case 'Boolean':
    case 'BigInt':
      return { finish: (data: unknown) => Object(data) };
    case 'DataView':
      return { finish: (data: ArrayBuffer) => new DataView(data) };
    case 'Blob':
      return { finish: ([type, content]: [string, ArrayBuffer | Blob]) => asBlob(content, type) };
    case 'File':
      return {
        finish: ([type, name, lastModified, content]: [
          string,
          string,
          number,
          ArrayBuffer | Blob,
        ]) => asFile(content, name, { type, lastModified }),
      };
    case 'type': {
      const codec = codecNamed(name);
      if (codec === undefined) {
        throw unsupported(
          `'${name}' is not registered here; call registerValueType before reading it`,
        );
      }
      return { finish: (data: unknown) => codec.fromData(data) };
    }
    default:
      throw unsupported(`'${kind}' is not known to this version of joblite`);
  }
}

function unsupported(reason: string): UnsupportedError {
  return new UnsupportedError('UNSUPPORTED_VALUE', `a value of type ${reason}`, {
    path: '$',
    reason,
  });
}

function split(kind: string): [string, string] {
  const colon = kind.indexOf(':');
  return colon < 0 ? [kind, ''] : [kind.slice(0, colon), kind.slice(colon + 1)];
}

/** The Blob itself where its bytes have not been read; a copy of it may have lost its type. */
function asBlob(content: ArrayBuffer | Blob, type: string): Blob {
  if (content instanceof ArrayBuffer) return new Blob([content], { type });
  return content.type === type ? content : content.slice(0, content.size, type);
}

function asFile(content: ArrayBuffer | Blob, name: string, options: FilePropertyBag): File {
  return content instanceof File ? content : new File([content], name, options);
}

function error(name: string): Note {
  const known = ERROR_CLASSES.includes(name) ? name : 'Error';
  const Class = (globalThis as never as Record<string, new (...args: unknown[]) => Error>)[
    known
  ] as new (
    ...args: unknown[]
  ) => Error;
  const begun = known === 'AggregateError' ? new Class([]) : new Class();
  return {
    begun,
    finish(fields: Record<string, unknown>) {
      for (const key of Object.keys(fields)) {
        const enumerable = !HIDDEN_FIELDS.includes(key);
        Object.defineProperty(begun, key, {
          value: fields[key],
          writable: true,
          enumerable,
          configurable: true,
        });
      }
      return begun;
    },
  };
}
