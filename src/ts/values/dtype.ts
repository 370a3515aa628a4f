// NumPy's element types: how they are spelled, and how their elements lie in memory.

import { TYPED_ARRAYS, type TypedArrayClass } from './ops.js';

/** A field's name, or its title and its name. */
export type FieldName = string | [title: string, name: string];

/** A field of a structured dtype: name, dtype, and a shape where the field is an array. A field named `''` is padding. */
export type DtypeField =
  | [name: FieldName, dtype: Dtype]
  | [name: FieldName, dtype: Dtype, shape: number[]];

/** A record that NumPy made with `align=True`: its fields with the padding between them, and its alignment in bytes. */
export interface AlignedDtype {
  fields: DtypeField[];
  alignment: number;
}

/**
 * The type of an array's elements: NumPy's name (`'float64'`, `'bool'`, `'datetime64[ns]'`), its
 * short form (`'<f8'`, `'<U5'`), or the fields of a record.
 */
export type Dtype = string | DtypeField[] | AlignedDtype;

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

/**
 * The short form of a dtype, as NumPy's `descr` has it; of an aligned record `['aligned', descr]`, on a
 * tape with the alignment, which makes no other dtype and so is in no hash.
 */
export function descr(dtype: Dtype, onTape = false): unknown {
  if (typeof dtype !== 'string') {
    const fields = fieldsIn(dtype).map(([name, type, ...shape]) => [
      name,
      descr(type, onTape),
      ...shape,
    ]);
    if (Array.isArray(dtype)) return fields;
    return onTape ? ['aligned', fields, dtype.alignment] : ['aligned', fields];
  }
  const dated = /^(datetime|timedelta)64(\[.*\])?$/.exec(dtype);
  if (dated) return `<${dated[1] === 'datetime' ? 'M' : 'm'}8${dated[2] ?? ''}`;
  return NAMES[dtype] ?? dtype;
}

/** What `descr` gives for a dtype of NumPy's: order, kind, size, number of the unit, unit. */
const SHORT_FORM =
  /^([<>|=]?)([biufcmMSUVO])(\d{0,9})(?:\[(\d{0,9})([YMWDhms]|[munpfa]s|generic)\])?$/;

/** Kinds with the sizes they have; `S`, `V` and `U` have any. */
const SIZES = /^(b1|[iu][1248]|f([248]|12|16)|c(8|16|24|32)|[mM]8|O[48]?|[SVU]\d*)$/;

/**
 * The one spelling of a dtype, however it is spelled: its name where it has one, otherwise NumPy's
 * `dtype.str`. So equal arrays have equal hashes. As `Dtype::parse` in src/value/dtype/name.rs.
 *
 * @throws TypeError for what is no dtype of NumPy's, as an aligned record whose fields are not
 */
export function dtypeName(dtype: unknown): Dtype {
  if (Array.isArray(dtype)) {
    // As a tape has it.
    const [word, fields, alignment] = dtype;
    return word === 'aligned' ? alignedOf(fields, alignment) : fieldsOf(dtype as DtypeField[]);
  }
  if (typeof dtype === 'object' && dtype !== null) {
    const { fields, alignment } = dtype as AlignedDtype;
    return alignedOf(fields, alignment);
  }
  const short = String(descr(dtype as Dtype));
  const [, given, kind = '', digits, multiple = '', unit = ''] = SHORT_FORM.exec(short) ?? [];
  const size = Number(digits);
  const dated = kind === 'M' || kind === 'm';
  if (!SIZES.test(kind + (digits || '')) || (unit !== '' && !dated)) throw noDtype(dtype);
  if (kind === 'O') return 'object';
  const orderless = (kind !== 'U' && size === 1) || /[bSV]/.test(kind);
  const order = orderless ? '|' : given === '>' ? '>' : '<';
  const count = Number(multiple) > 1 ? Number(multiple) : '';
  const of = unit === '' || unit === 'generic' ? '' : `[${count}${unit}]`;
  if (dated && order === '<') return `${kind === 'M' ? 'datetime' : 'timedelta'}64${of}`;
  const name = `${order}${kind}${size}${of}`;
  return SHORT.get(name) ?? name;
}

function alignedOf(fields: DtypeField[], alignment: number): AlignedDtype {
  if (!Number.isInteger(alignment) || alignment < 1 || alignment > 0xffffffff)
    throw new RangeError(`alignment must be a number of bytes, got ${String(alignment)}`);
  const dtype = { fields: fieldsOf(fields), alignment };
  const { itemsize } = layoutOf(dtype);
  let offset = 0;
  // As `Dtype::set_aligned` in src/value/dtype.rs.
  for (const field of dtype.fields) {
    const unit = layoutOf(field[1]).alignment;
    if (offset % unit || itemsize % unit) throw noDtype(dtype);
    offset += layoutOf([field]).itemsize;
  }
  return dtype;
}

function noDtype(dtype: unknown): TypeError {
  return new TypeError(`dtype must be one that NumPy has, got ${JSON.stringify(dtype)}`);
}

/** The fields of a record. */
function fieldsIn(dtype: DtypeField[] | AlignedDtype): DtypeField[] {
  return Array.isArray(dtype) ? dtype : dtype.fields;
}

/** Fields with one spelling each: padding in one piece, no empty shapes. */
function fieldsOf(given: DtypeField[]): DtypeField[] {
  const fields: DtypeField[] = [];
  let padding = 0;
  const pad = () => {
    if (padding > 0) fields.push(['', `|V${padding}`]);
    padding = 0;
  };
  for (const [name, type, shape = []] of given) {
    const field: DtypeField = [typeof name === 'string' ? name : [...name], dtypeName(type)];
    if (name === '') {
      padding += layoutOf([[name, field[1], shape]]).itemsize;
      continue;
    }
    pad();
    fields.push(shape.length === 0 ? field : [field[0], field[1], [...shape]]);
  }
  pad();
  return fields;
}

/** Whether elements are Python objects, or records with such in them. */
export function hasObjects(dtype: Dtype): boolean {
  return typeof dtype === 'string'
    ? dtype === 'object'
    : fieldsIn(dtype).some(([, type]) => hasObjects(type));
}

/** Of a dtype: bytes per element, what its offsets are multiples of in an aligned record, and the class that holds elements. */
export function layoutOf(dtype: Dtype): {
  itemsize: number;
  alignment: number;
  swap: number;
  Class: TypedArrayClass;
} {
  const short = descr(dtype);
  if (typeof short !== 'string') {
    let itemsize = 0;
    for (const [, type, shape = []] of fieldsIn(dtype as DtypeField[] | AlignedDtype)) {
      itemsize += layoutOf(type).itemsize * shape.reduce((count, n) => count * n, 1);
    }
    const alignment = (dtype as AlignedDtype).alignment ?? 1;
    return { itemsize, alignment, swap: 1, Class: Uint8Array };
  }
  const [, order, kind = '', digits] = SHORT_FORM.exec(short) ?? [];
  const number = Number(digits || (kind === 'O' ? 8 : 0));
  const big = order === '>';
  const of = (itemsize: number, Class: TypedArrayClass | undefined, alignment = itemsize) => ({
    itemsize,
    alignment,
    swap: big ? alignment : 1,
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
      return of(number, Uint8Array, kind === 'O' ? number : 1);
  }
}
