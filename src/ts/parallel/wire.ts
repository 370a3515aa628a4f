// Errors across threads, the sending side; `unwire.ts` receives. An `Error` subclass loses its class
// and its fields in `postMessage`, so an error travels as data and is made again: built-in classes
// and joblite's families as what they were, a user's own class as its nearest built-in one with the
// name and fields kept. Imports nothing: it is part of the small worker entry.

import type { WireError } from './protocol.js';

const BUILT_IN = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

/** joblite's families by name: a bundle of the worker has its own copy of the classes, or none. */
const JOBLITE = ['FormatError', 'UnsupportedError', 'StoreError', 'TaskError', 'SetupError'];

/** How far chains of causes are followed; a cause that leads back to itself ends there. */
const CAUSE_DEPTH = 8;

/** Makes of whatever was thrown something that can be posted. Never throws. */
export function toWire(thrown: unknown, depth = CAUSE_DEPTH): WireError {
  if (!(thrown instanceof Error)) {
    if (isDomException(thrown))
      return { type: 'DOMException', name: thrown.name, message: thrown.message };
    return cloneable(thrown)
      ? { type: 'value', value: thrown }
      : { type: 'Error', name: 'Error', message: describe(thrown) };
  }
  const wire: WireError = {
    type: builtIn(thrown),
    name: String(thrown.name),
    message: String(thrown.message),
  };
  if (typeof thrown.stack === 'string') wire.stack = thrown.stack;
  if (isDomException(thrown)) wire.type = 'DOMException';
  if (isJoblite(thrown)) {
    wire.type = 'joblite';
    wire.code = thrown.code;
    wire.details = cloneable(thrown.details) ? thrown.details : {};
  } else if (wire.type !== 'DOMException') {
    const fields = ownFields(thrown);
    if (fields) wire.fields = fields;
  }
  if (depth > 0) {
    if (thrown.cause !== undefined) wire.cause = toWire(thrown.cause, depth - 1);
    if (thrown instanceof AggregateError) {
      wire.type = 'AggregateError';
      wire.errors = thrown.errors.map((error) => toWire(error, depth - 1));
    }
  }
  return wire;
}

function builtIn(error: Error): string {
  for (const [name, Class] of Object.entries(BUILT_IN)) if (error instanceof Class) return name;
  return 'Error';
}

function isJoblite(
  error: Error,
): error is Error & { code: string; details: Record<string, unknown> } {
  const { code, details } = error as { code?: unknown; details?: unknown };
  return typeof code === 'string' && typeof details === 'object' && JOBLITE.includes(error.name);
}

/** In browsers a DOMException is an Error by its prototype, though it has none of its own fields. */
function isDomException(thrown: unknown): thrown is DOMException {
  return typeof DOMException !== 'undefined' && thrown instanceof DOMException;
}

function ownFields(error: Error): Record<string, unknown> | undefined {
  let fields: Record<string, unknown> | undefined;
  for (const key of Object.keys(error)) {
    if (key === 'name' || key === 'message' || key === 'stack' || key === 'cause') continue;
    try {
      const value = (error as unknown as Record<string, unknown>)[key];
      if (cloneable(value)) fields = { ...fields, [key]: value };
    } catch {
      // A getter that throws: the error travels without this field.
    }
  }
  return fields;
}

function cloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

function describe(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something was thrown that has no text';
  }
}
