// Where two values differ: class, content, shared references and cycles.

/** What differs, or undefined. */
export function difference(actual, expected) {
  const partners = new Map();
  return compare(actual, expected, '$', partners);
}

function compare(a, b, path, partners) {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) {
    return Object.is(a, b) ? undefined : `at ${path}: ${show(a)} instead of ${show(b)}`;
  }
  if (partners.has(a)) {
    return partners.get(a) === b ? undefined : `at ${path}: another shared reference`;
  }
  partners.set(a, b);
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) {
    return `at ${path}: ${a.constructor?.name} instead of ${b.constructor?.name}`;
  }
  if (a instanceof Date) return compare(a.getTime(), b.getTime(), `${path}.getTime()`, partners);
  if (a instanceof RegExp) return compare(String(a), String(b), path, partners);
  if (a instanceof ArrayBuffer) return bytes(new Uint8Array(a), new Uint8Array(b), path);
  if (ArrayBuffer.isView(a)) {
    return bytes(
      new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
      new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
      path,
    );
  }
  if (a instanceof Map || a instanceof Set)
    return compare([...a], [...b], `[...${path}]`, partners);
  if (a instanceof Number || a instanceof String || a instanceof Boolean || a instanceof BigInt) {
    return compare(a.valueOf(), b.valueOf(), path, partners);
  }
  const keys = Object.keys(a);
  const missing = Object.keys(b).filter((key) => !Object.hasOwn(a, key));
  if (missing.length > 0 || keys.length !== Object.keys(b).length || a.length !== b.length) {
    return `at ${path}: keys ${keys} instead of ${Object.keys(b)}`;
  }
  if (a instanceof Error) keys.push('message', 'stack', 'cause', 'errors');
  for (const key of keys) {
    const problem = compare(a[key], b[key], `${path}[${JSON.stringify(key)}]`, partners);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function bytes(a, b, path) {
  if (a.length !== b.length) return `at ${path}: ${a.length} bytes instead of ${b.length}`;
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? undefined : `at ${path}: byte ${at} is ${a[at]} instead of ${b[at]}`;
}

function show(value) {
  return typeof value === 'bigint'
    ? `${value}n`
    : String(JSON.stringify(value) ?? value).slice(0, 100);
}
