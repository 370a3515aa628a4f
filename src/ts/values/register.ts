// Classes that users admit: how their instances become data, and data instances.

/** How instances of a class are stored. */
export interface ValueCodec<T> {
  /** Names the class in files; must stay the same as long as files are to be read. */
  name: string;
  /** What is stored: any value that joblite can hold. */
  toData(value: T): unknown;
  /** Makes an instance again. */
  fromData(data: unknown): T;
}

type AnyCodec = ValueCodec<unknown>;

const byPrototype = new Map<object, AnyCodec>();
const byName = new Map<string, AnyCodec>();

/**
 * Admits a class: its instances can then be arguments and results.
 *
 * @example registerValueType(Point, { name: 'Point', toData: (p) => [p.x, p.y], fromData: ([x, y]) => new Point(x, y) })
 * @throws TypeError if the codec is incomplete, or another class has that name.
 */
export function registerValueType<T extends object>(
  Class: abstract new (...args: never[]) => T,
  codec: { name: string; toData(value: T): unknown; fromData(data: never): T },
): void {
  if (typeof Class !== 'function')
    throw new TypeError(`registerValueType takes a class, got ${typeof Class}`);
  if (
    typeof codec?.name !== 'string' ||
    typeof codec.toData !== 'function' ||
    typeof codec.fromData !== 'function'
  ) {
    throw new TypeError('registerValueType takes { name, toData, fromData }');
  }
  const prototype = Class.prototype as object;
  const named = byName.get(codec.name);
  if (named !== undefined && byPrototype.get(prototype) !== named) {
    throw new TypeError(`another class is registered as '${codec.name}'`);
  }
  const entry = codec as unknown as AnyCodec;
  byPrototype.set(prototype, entry);
  byName.set(codec.name, entry);
}

/** The codec of instances of exactly this prototype. */
export function codecOf(prototype: object): ValueCodec<unknown> | undefined {
  return byPrototype.get(prototype);
}

/** The codec that is registered by this name. */
export function codecNamed(name: string): ValueCodec<unknown> | undefined {
  return byName.get(name);
}
