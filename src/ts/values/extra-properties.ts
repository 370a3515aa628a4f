// Refuses containers with properties of their own beside what they contain, such as the `index` of
// `'xb'.match(/b/)`: neither files nor hashes have a place for them, and without them values that
// differ would be the same.

import type { Kind } from './kinds.js';
import { Unsupported } from './unsupported.js';

/** Names that an error lists. */
const NAMED = 3;

/** From this many items on, the values are counted: making a string of every index takes longer. */
const COUNTED = 32;

/**
 * To be called with an array whose items have been walked. `dense` says that none was a hole.
 *
 * @throws Unsupported if it has enumerable properties of its own besides its items
 */
export function refuseArrayProperties(values: unknown[], dense: boolean): void {
  const n = values.length;
  if (dense && n >= COUNTED && Object.values(values).length === n) return;
  const keys = Object.keys(values);
  if (dense && keys.length === n) return;
  // Indices come first.
  const last = keys.at(-1);
  if (last === undefined || isIndex(last)) return;
  throw properties(values, keys.slice(keys.findIndex((key) => !isIndex(key))), 'arrays');
}

/** Kinds of built-in objects whose own properties are looked for; those of typed arrays would have to be read one by one. */
const BARE = ['map', 'set', 'date', 'buffer', 'view'];

/**
 * The same for objects of the built-in kinds that have no indices.
 *
 * @throws Unsupported
 */
export function refuseOwn(value: object, { name, note }: Kind): void {
  if (!BARE.includes(name) && note !== 'RegExp') return;
  const names = Object.keys(value);
  if (names.length > 0)
    throw properties(value, names, `${Object.prototype.toString.call(value).slice(8, -1)}s`);
}

function properties(value: object, names: string[], what: string): Unsupported {
  const more = names.length > NAMED ? ', …' : '';
  return new Unsupported(
    value,
    `${what} with properties of their own (${names.slice(0, NAMED).join(', ')}${more}) cannot be stored; ` +
      'put the properties into an object beside it, or store a copy without them',
  );
}

function isIndex(key: string): boolean {
  const index = Number(key) >>> 0;
  return String(index) === key && index !== 0xffffffff;
}
