// Errors across threads, the receiving side of `wire.ts`.

import { fromEngine } from '../errors.js';
import type { WireError } from './protocol.js';

const BUILT_IN = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

/** What `toWire` was given, made again in this thread, with the stack of the other. */
export function fromWire(wire: WireError): unknown {
  if (wire.type === 'value') return wire.value;
  const error = make(wire);
  if (wire.cause !== undefined) define(error, 'cause', fromWire(wire.cause), false);
  for (const [key, value] of Object.entries(wire.fields ?? {})) define(error, key, value, true);
  if (wire.name !== undefined && error.name !== wire.name) define(error, 'name', wire.name, false);
  if (wire.stack !== undefined) define(error, 'stack', wire.stack, false);
  return error;
}

function make({ type, name, message = '', code, details, errors = [] }: WireError): Error {
  if (type === 'joblite') {
    const error = fromEngine({ joblite: code, message, details });
    if (error instanceof Error) return error;
  }
  if (type === 'DOMException') return new DOMException(message, name);
  if (type === 'AggregateError') return new AggregateError(errors.map(fromWire), message);
  return new (BUILT_IN[type as keyof typeof BUILT_IN] ?? Error)(message);
}

/** As an own property, and never through a setter or a prototype (`__proto__` is a key like any other). */
function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}
