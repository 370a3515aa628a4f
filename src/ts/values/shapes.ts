// Shapes of objects: which keys they have, in which order. Most objects have the shape of the one before,
// or the one that followed that last time; others are found by following their keys, which joins none.

import { SHAPE_KEYS } from './ops.js';

export interface Shape {
  /** Known once there was an object with just these. */
  keys: string[];
  /** Its number on the tape, or -1. */
  id: number;
  /** The shape that followed this one last time. */
  next: Shape | null;
  /** The shapes with one key more. */
  longer: Map<string, Shape> | null;
}

/** A shape that no object has yet; with no keys before it, where a walk starts. */
export function newShape(): Shape {
  return { keys: [], id: -1, next: null, longer: null };
}

/** Whether an object has other keys than these. */
export function differs(keys: string[], value: object): boolean {
  let i = 0;
  for (const key in value) if (keys[i++] !== key) return true;
  return i !== keys.length;
}

/** The shape of an object, by way of the shorter ones; `null` for too many keys. */
export function shapeOf(value: object, shortest: Shape): Shape | null {
  let shape = shortest;
  let n = 0;
  for (const key in value) {
    if (++n > SHAPE_KEYS) return null;
    shape.longer ??= new Map();
    let longer = shape.longer.get(key);
    if (longer === undefined) {
      longer = newShape();
      shape.longer.set(key, longer);
    }
    shape = longer;
  }
  return shape;
}
