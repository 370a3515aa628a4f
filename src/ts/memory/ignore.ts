// Arguments that do not count for the cache: by position, by parameter name, or by a path into an
// options object.

import type { Parameters } from './parameters.js';

/** Leaves out what is ignored: the arguments that make the key. Never changes what it is given. */
export type Filter = (args: readonly unknown[]) => readonly unknown[];

/**
 * @throws `TypeError` for a name that the function does not have, worded as joblib words it
 */
export function ignoring(
  ignore: readonly (string | number)[],
  { names, rest }: Parameters,
  functionName: string,
): Filter {
  const positions = new Set<number>();
  const paths: { position: number; keys: string[] }[] = [];
  let from = Infinity;
  for (const item of ignore) {
    const [name = '', ...keys] = typeof item === 'number' ? [''] : item.split('.');
    const position = typeof item === 'number' ? item : names.indexOf(name);
    if (!Number.isInteger(position) || position < 0) {
      const known = names.filter((name) => name !== undefined).join(', ') || 'none';
      throw new TypeError(
        `Ignore list: argument '${item}' is not defined for function ${functionName}; ` +
          `its named parameters are: ${known}. A position counts from 0`,
      );
    }
    if (keys.length > 0) paths.push({ position, keys });
    else if (position === rest) from = position;
    else positions.add(position);
  }
  return (args) => {
    const kept = [...args];
    for (const { position, keys } of paths) kept[position] = without(kept[position], keys);
    return kept.filter((_, position) => position < from && !positions.has(position));
  };
}

/** A copy of a plain object without the property at the path; anything else as it is. */
function without(value: unknown, [key = '', ...rest]: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const { [key]: removed, ...kept } = value as Record<string, unknown>;
  return rest.length === 0 ? kept : { ...value, [key]: without(removed, rest) };
}
