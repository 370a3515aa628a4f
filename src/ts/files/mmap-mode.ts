// joblib's `mmap_mode`, checked as NumPy checks it, and in its words.

const MMAP_MODES = ['r', 'c', 'r+', 'w+', 'readonly', 'copyonwrite', 'readwrite', 'write'];

/** @throws `RangeError` for a mode that is none */
export function checkMmapMode(mmapMode: unknown): void {
  if (mmapMode === null || MMAP_MODES.includes(mmapMode as string)) return;
  const modes = MMAP_MODES.map((mode) => `'${mode}'`).join(', ');
  throw new RangeError(`mode must be one of [${modes}] (got ${JSON.stringify(mmapMode)})`);
}
