// One answer of a store in JavaScript: in time, or an error of joblite's classes.

import { JobliteError, StoreError } from '../errors.js';

/**
 * What `run` gives. `what` says in errors whose answer it is.
 *
 * @throws `STORE_BLOCKED` after `timeoutMs`; what comes later is dropped
 * @throws `QUOTA_EXCEEDED` if the error says so; `STORE_ABORTED` for every other one
 */
export async function answerOf<T>(
  what: string,
  timeoutMs: number,
  run: () => T | Promise<T>,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const reason = `${what} did not answer within ${timeoutMs / 1000} s`;
      reject(new StoreError('STORE_BLOCKED', `the store is blocked: ${reason}`, { reason }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([Promise.resolve().then(run), late]);
  } catch (error) {
    throw storeError(what, error);
  } finally {
    clearTimeout(timer);
  }
}

/** Names and codes by which platforms say that there is no space. */
const FULL = ['QuotaExceededError', 'ENOSPC', 'EDQUOT'];

function storeError(what: string, error: unknown): JobliteError {
  if (error instanceof JobliteError) return error;
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  const reason = `${what} failed: ${describe(error)}`;
  return FULL.includes(String(name)) || FULL.includes(String(code))
    ? new StoreError(
        'QUOTA_EXCEEDED',
        `storage quota exceeded: ${reason}`,
        { reason },
        { cause: error },
      )
    : new StoreError('STORE_ABORTED', `the store failed: ${reason}`, { reason }, { cause: error });
}

/** Also of what throws when it is looked at. */
function describe(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'of no text';
  }
}
