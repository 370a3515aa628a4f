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
  throw properties(
    values,
    keys.slice(keys.findIndex((key) => !isIndex(key))),
    'arrays',
    'Array.from(value)',
  );
}

/** How a kind is called, and what makes a copy without the properties. */
const BARE: Partial<Record<Kind['name'], [what: string, copy: string]>> = {
  map: ['Maps', 'new Map(value)'],
  set: ['Sets', 'new Set(value)'],
  date: ['Dates', 'new Date(value)'],
  buffer: ['ArrayBuffers', 'value.slice()'],
  view: ['DataViews', 'a new one'],
};
const REGEXP: [what: string, copy: string] = ['RegExps', 'new RegExp(value)'];

/**
 * The same for objects of the built-in kinds that have no indices; those of typed arrays would have
 * to be read one by one.
 *
 * @throws Unsupported
 */
export function refuseOwn(value: object, kind: Kind): void {
  const bare = kind.note === 'RegExp' ? REGEXP : BARE[kind.name];
  if (bare === undefined) return;
  const names = Object.keys(value);
  if (names.length > 0) throw properties(value, names, ...bare);
}

function properties(value: object, names: string[], what: string, copy: string): Unsupported {
  const some = names.slice(0, NAMED).join(', ');
  return new Unsupported(
    value,
    `${what} with properties of their own (${some}${names.length > NAMED ? ', …' : ''}) cannot be ` +
      `stored; put the properties into an object beside it, or leave them out by ${copy}`,
  );
}

function isIndex(key: string): boolean {
  const index = Number(key) >>> 0;
  return String(index) === key && index !== 0xffffffff;
}
