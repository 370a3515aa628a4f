// What arguments are called: by their parameter, as in `options`, `rest[1]`; or by their position.

import { UnsupportedError } from '../errors.js';
import type { Identity } from './identity.js';

/** The error with the argument's name, and the path inside it; any other error as it is. */
export function namingArgument(
  identity: Identity,
  args: readonly unknown[],
  error: unknown,
): unknown {
  if (!(error instanceof UnsupportedError)) return error;
  const { path, reason } = error.details as { path?: unknown; reason?: unknown };
  const [, position, inside] = /^\$\[(\d+)\](.*)$/s.exec(String(path)) ?? [];
  if (position === undefined) return error;
  const argument = String(identity.counting(argumentNames(identity, args))[Number(position)]);
  const within = `$${inside}`;
  return new UnsupportedError(
    error.code,
    `argument ${argument} of ${identity.name} cannot be told from others: at ${within}: ${reason}`,
    { argument, path: within, reason },
    { cause: error },
  );
}

/** The name of each argument. */
export function argumentNames(
  { parameters, rest = Infinity }: Identity,
  args: readonly unknown[],
): string[] {
  return args.map((_, i) =>
    i < rest ? (parameters[i] ?? String(i)) : `${parameters[rest]}[${i - rest}]`,
  );
}
