// What a consumer without a bundler does with joblib's files, in a page and under Node.

import { dump, hash, load } from 'joblite/files';

/** Enough numbers for a page to leave them to the helper worker. */
const LARGE = 600_000;
const SMALL = 1_000;

export async function files() {
  await dump({ name: 'joblite' });
  const modules = [wasmModules()];
  const large = [await write(LARGE, 'gzip'), await write(LARGE, 'xz')];
  const small = [await write(SMALL, 'gzip'), await write(SMALL, 'xz')];
  modules.push(wasmModules());
  return {
    magics: small.map((file) => [...file.subarray(0, 2)]),
    large: await Promise.all(large.map(read)),
    small: await Promise.all(small.map(read)),
    modules,
    hash: await hash(
      { name: 'joblite', weights: Float64Array.of(1, 2.5) },
      { hashName: 'sha1', python: '3.11' },
    ),
  };
}

function write(length, compressor) {
  const weights = Float64Array.from({ length }, (_, i) => i % 100);
  return dump({ name: 'joblite', weights }, { compress: [compressor, 1] });
}

async function read(file) {
  const { name, weights } = await load(file);
  return { name, length: weights.length, equal: weights.every((weight, i) => weight === i % 100) };
}

/** How many wasm modules this page, and none of its workers, has fetched. */
function wasmModules() {
  return performance
    .getEntriesByType('resource')
    .filter(({ name }) => new URL(name).pathname.endsWith('.wasm')).length;
}
