// A commit in the steps that a store in JavaScript knows: a move is a read, a put and a delete.

import { StoreError } from '../errors.js';
import type { Operation, Part } from './store.js';
import type { StoreOperation } from './store-backend.js';

/**
 * The steps of `operations`, whose puts have been checked: their buffers are there, and unshared.
 *
 * @throws `TypeError` for what is no part; `STORE_ABORTED` for a transferred buffer;
 *   `ITEM_NOT_FOUND` for a move of nothing
 */
export async function lowered(
  operations: readonly Operation[],
  nowMs: number,
  read: (path: string) => Promise<readonly Part[] | null>,
): Promise<StoreOperation[]> {
  const steps: StoreOperation[] = [];
  for (const operation of operations) {
    const [kind, path] = operation;
    if (kind === 'put') {
      steps.push([kind, path, operation[2].map(checkedPart), nowMs]);
    } else if (kind === 'move') {
      const before = writtenBefore(steps, path);
      const parts = before === undefined ? await read(path) : before;
      if (parts === null) throw new StoreError('ITEM_NOT_FOUND', `no item at ${path}`, { path });
      steps.push(['delete', path], ['put', operation[2], parts, nowMs]);
    } else if (kind !== 'release') {
      steps.push(operation);
    }
  }
  return steps;
}

/** What the steps so far leave at a path: its parts, null for nothing, undefined if they do not say. */
function writtenBefore(
  steps: readonly StoreOperation[],
  path: string,
): readonly Part[] | null | undefined {
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i] as StoreOperation;
    if (step[0] === 'put' && step[1] === path) return step[2];
    if (step[0] === 'delete' && step[1] === path) return null;
    if (step[0] === 'deletePrefix' && path.startsWith(step[1])) return null;
  }
  return undefined;
}

function checkedPart(part: Part): Part {
  const isView = part instanceof Uint8Array;
  if (!isView && !(part instanceof ArrayBuffer)) throw new TypeError('not an operation of a store');
  const buffer = isView ? part.buffer : part;
  if (typeof SharedArrayBuffer === 'function' && buffer instanceof SharedArrayBuffer)
    return part.slice() as Part;
  try {
    // Throws if the buffer was transferred away: then there is nothing to store.
    new Uint8Array(buffer);
    return part;
  } catch (error) {
    const reason = 'a buffer cannot be read, keep it until it is stored';
    throw new StoreError(
      'STORE_ABORTED',
      `the transaction was aborted: ${reason}`,
      { reason },
      { cause: error },
    );
  }
}
