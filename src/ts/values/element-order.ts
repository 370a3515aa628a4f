// The order of the elements of arrays of objects: on a tape and in a hash it is C order, as in NumPy's pickles.

/** Elements in C order, a copy. */
export function inC(data: unknown[], shape: number[], order: 'C' | 'F'): unknown[] {
  // C order of the axes turned round is F order.
  return order === 'F' ? inF(data, [...shape].reverse()) : Array.from(data);
}

/** Elements of an array in F order, from C order. */
export function inF(data: unknown[], shape: number[]): unknown[] {
  const strides: number[] = [];
  let count = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = count;
    count *= shape[axis] as number;
  }
  const index = shape.map(() => 0);
  const elements: unknown[] = [];
  let at = 0;
  while (elements.length < data.length) {
    elements.push(data[at]);
    for (let axis = 0; axis < shape.length; axis++) {
      at += strides[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      at -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return elements;
}
