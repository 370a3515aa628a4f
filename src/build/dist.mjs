// What dist/ must keep: sizes under their limits, and no path of the machine that built it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { brotliCompressSync, constants } from 'node:zlib';

import { at, root } from './places.mjs';
import { Stop } from './run.mjs';

/** Bytes after brotli at its best; what a page pays before it can call anything. */
const LIMITS = {
  'joblite.wasm': 200_000,
  'joblite_codecs.wasm': 150_000,
  'index.js': 20_000,
  'files.js': 12_000,
  'worker.js': 5_000,
};

const kilobytes = (size) => `${(size / 1000).toFixed(1)} kB`.padStart(9);

const brotliSize = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }).length;

/** What a script loads with itself: it and what it imports at once, not what it imports later. */
function loadedWith(name, seen = new Set()) {
  if (seen.has(name) || !name.endsWith('.js')) return seen.add(name);
  seen.add(name);
  const text = readFileSync(at('dist', name), 'utf8');
  for (const [, other] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
    loadedWith(other, seen);
  return seen;
}

/** Prints the sizes of what is there and stops at what is too large or names this machine. */
export function checkDist(log) {
  const files = readdirSync(at('dist'), { recursive: true })
    .filter((name) => /\.(js|wasm)$/.test(name))
    .sort();
  const compressed = new Map();
  for (const name of files) {
    const bytes = readFileSync(at('dist', name));
    compressed.set(name, brotliSize(bytes));
    log(`${name.padEnd(28)}${kilobytes(bytes.length)}  brotli${kilobytes(compressed.get(name))}`);
  }
  const over = [];
  for (const [name, limit] of Object.entries(LIMITS)) {
    if (!compressed.has(name)) continue;
    const together = [...loadedWith(name)];
    const size = together.reduce((sum, file) => sum + compressed.get(file), 0);
    log(`${together.join(' + ')}: brotli ${kilobytes(size).trim()} of ${kilobytes(limit).trim()}`);
    if (size > limit) over.push(`${name} is ${size} bytes after brotli, the limit is ${limit}`);
  }
  if (over.length)
    throw new Stop(`${over.join('; ')}: move what the first call does not need out of it`);
  checkPaths();
}

function checkPaths() {
  const paths = [root, homedir()].filter((path) => path.length > 1);
  for (const name of readdirSync(at('dist'), { recursive: true })) {
    if (!/\.(js|wasm|map|ts|json)$/.test(name) || !existsSync(at('dist', name))) continue;
    const bytes = readFileSync(at('dist', name));
    const found = paths.find((path) => bytes.includes(`${path}/`));
    if (found)
      throw new Stop(
        `dist/${name} holds the path ${found} of this machine; remap it in src/build/toolchain.mjs`,
      );
  }
}
