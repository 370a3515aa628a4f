// About how large a value is, told by a few of its parts: for a page, which walks a large value in slices.
// Reads no getter, as they are read once, by the walk.

/** Children of a container that are looked at, evenly spread; fewer at each level. */
const PROBES = 32;
/** Containers that are looked into, in all. */
const VISITS = 500;

let values = 0;
let nbytes = 0;
let visits = 0;

/** About how many values a value holds, and how many bytes of arrays and text. */
export function weigh(value: unknown): { values: number; nbytes: number } {
  values = nbytes = visits = 0;
  visit(value, 1, PROBES);
  return { values, nbytes };
}

/** Whether to walk the value, or to copy its arrays, would keep a page for a noticeable time. */
export function isLarge(value: unknown): boolean {
  const { values, nbytes } = weigh(value);
  return values > 30_000 || nbytes > 1 << 25;
}

/** Adds a value that stands for `weight` like it. */
function visit(value: unknown, weight: number, probes: number): void {
  values += weight;
  if (typeof value === 'string') nbytes += weight * value.length;
  if (typeof value !== 'object' || value === null) return;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    nbytes += weight * value.byteLength;
    return;
  }
  const isMap = value instanceof Map;
  if (isMap || value instanceof Set) {
    const each = share(value.size, weight, probes);
    let looked = 0;
    const items = isMap ? Map.prototype.entries.call(value) : Set.prototype.values.call(value);
    for (const item of items) {
      if (each === 0 || looked++ === probes) break;
      visit(item, each, probes >> 1);
    }
    return;
  }
  const keys = Array.isArray(value) ? undefined : Object.keys(value);
  const n = keys?.length ?? (value as unknown[]).length;
  const each = share(n, weight, probes);
  if (each === 0) return;
  const looked = Math.min(n, probes);
  for (let i = 0; i < looked; i++) {
    const place = Math.floor((i * n) / looked);
    const property = Object.getOwnPropertyDescriptor(value, keys?.[place] ?? place);
    visit(property?.value, each, Math.max(2, probes >> 1));
  }
}

/** What each of the children that are looked at stands for; 0 if enough has been looked at: they are only counted. */
function share(n: number, weight: number, probes: number): number {
  if (n > 0 && ++visits <= VISITS) return (weight * n) / Math.min(n, probes);
  values += weight * n;
  return 0;
}
