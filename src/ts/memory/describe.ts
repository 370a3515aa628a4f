// A short text of a value for people: what metadata.json says about the arguments of a call. Bounded
// in length and in work, whatever the value's size; not a format, nothing reads it back.

const MAX_LENGTH = 300;
const MAX_ITEMS = 8;
const MAX_DEPTH = 3;

/** Describes a value, e.g. `{a: 1, b: [1, 2, ... 98 more]}`. */
export function describe(value: unknown): string {
  const text = describeAt(value, 0);
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}...`;
}

function describeAt(value: unknown, depth: number): string {
  if (typeof value === 'string') {
    const start = value.slice(0, MAX_LENGTH);
    return JSON.stringify(start) + (start.length < value.length ? '...' : '');
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '-0' : String(value);
  if (ArrayBuffer.isView(value)) return `${className(value)}(${count(value)})`;
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp || value instanceof Error) return String(value);
  if (value instanceof Map || value instanceof Set) return `${className(value)}(${value.size})`;
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? '[...]' : '{...}';
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => describeAt(item, depth + 1));
    if (value.length > MAX_ITEMS) items.push(`... ${value.length - MAX_ITEMS} more`);
    return `[${items.join(', ')}]`;
  }
  const name = className(value);
  const keys = Object.keys(value);
  const items = keys
    .slice(0, MAX_ITEMS)
    .map((key) => `${key}: ${describeAt((value as Record<string, unknown>)[key], depth + 1)}`);
  if (keys.length > MAX_ITEMS) items.push(`... ${keys.length - MAX_ITEMS} more`);
  return `${name === 'Object' ? '' : name}{${items.join(', ')}}`;
}

function className(value: object): string {
  return value.constructor?.name ?? 'Object';
}

function count(view: ArrayBufferView): number {
  return 'length' in view ? Number(view.length) : view.byteLength;
}
