// Where in a value the structured clone fails. Asked only after it has failed, so it may be slow:
// the platform itself is asked about ever smaller parts.

/** The path from `$` to what cannot be cloned, or undefined if the value can be. */
export function findUnclonable(
  value: unknown,
  path = '$',
  seen = new Set<unknown>(),
): string | undefined {
  if (canClone(value)) return undefined;
  if (typeof value !== 'object' || value === null || seen.has(value)) return path;
  seen.add(value);
  for (const [key, part] of partsOf(value)) {
    const found = findUnclonable(part, path + key, seen);
    if (found !== undefined) return found;
  }
  return path;
}

/** What the structured clone would visit, with the step that leads there. */
function* partsOf(value: object): Generator<[string, unknown]> {
  if (value instanceof Map) {
    for (const [key, item] of value) {
      yield ['.keys()', key];
      yield [`.get(${String(key)})`, item];
    }
  } else if (value instanceof Set) {
    for (const item of value) yield ['.values()', item];
  }
  for (const key of Object.keys(value)) {
    yield [step(value, key), (value as Record<string, unknown>)[key]];
  }
}

function step(value: object, key: string): string {
  if (Array.isArray(value)) return `[${key}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
    ? `.${key}`
    : `[${JSON.stringify(key)}]`;
}

function canClone(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
