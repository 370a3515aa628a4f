// The half of values that is of use only once the engine is loaded: a file of its own, loaded with it.

export { readTape } from './build.js';
export { hashPaced, hashValue } from './hash.js';
export { hashTape } from './hash-tape.js';
export { pickleToTape, tapeToPickle } from './pickle.js';
