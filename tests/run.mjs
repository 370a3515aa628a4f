// Runs one suite by name: `node tests/run.mjs browser chromium memory`.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [name, ...only] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '..');
const { default: suite } = await import(
  pathToFileURL(resolve(root, 'tests', name, 'suite.mjs')).href
);
const { passed, failed, skipped } = await suite.run({ root, log: console.log, only });
for (const { name, why } of skipped) console.log(`skipped ${name}: ${why}`);
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
