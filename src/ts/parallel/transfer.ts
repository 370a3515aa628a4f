// Handing buffers over instead of cloning them. Nothing of the user's is transferred unless it is
// marked here, since the sender loses what it transfers.

const marked = new WeakMap<object, Transferable[]>();
/** Saves the look-up for every argument of everybody who never transfers. */
let used = false;

/**
 * Marks what of `value` is transferred when it is sent to a worker as an argument, or returned from
 * a task: ArrayBuffers, ports, streams, bitmaps. The sender's copy is empty afterwards.
 *
 * ```ts
 * const pixels = new Uint8Array(1e8);
 * await parallel([delayed(tasks.blur)(transfer(pixels, [pixels.buffer]))]);
 * ```
 */
export function transfer<T extends object>(value: T, buffers: Transferable[]): T {
  marked.set(value, buffers);
  used = true;
  return value;
}

/** Appends what is transferred with these arguments or results. */
export function collectTransfers(values: unknown[], into: Transferable[]): void {
  if (!used) return;
  for (const value of values) {
    const buffers = typeof value === 'object' && value !== null ? marked.get(value) : undefined;
    for (const buffer of buffers ?? []) if (!into.includes(buffer)) into.push(buffer);
  }
}

/** Appends every ArrayBuffer in plain objects, arrays, Maps and Sets (for `transferResults`). */
export function collectBuffers(
  value: unknown,
  into: Set<Transferable>,
  seen = new Set<unknown>(),
): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  if (buffer instanceof ArrayBuffer) into.add(buffer);
  else if (value instanceof Map) for (const pair of value) collectBuffers(pair, into, seen);
  else if (Array.isArray(value) || value instanceof Set)
    for (const item of value) collectBuffers(item, into, seen);
  else if (isPlain(value))
    for (const item of Object.values(value)) collectBuffers(item, into, seen);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}
