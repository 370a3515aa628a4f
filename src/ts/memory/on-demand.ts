// What only a call needs: one file, loaded with the first.

export { namingArgument } from './argument-names.js';
export { closeHome } from './home-store.js';
export { clearAll, estimateOf, exportHome, importHome, itemsOf } from './items.js';
export { reduceSize } from './keep-limits.js';
export { Lookup } from './lookup.js';
export { clearResult, getResult } from './shelved.js';
