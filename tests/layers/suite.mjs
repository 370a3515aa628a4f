// The layers suite: who may know whom. The rules are those of the layout: Rust's modules stand in
// one order, TypeScript reaches workers by URL only, one file of each language touches the platform.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { pythonRules } from './python.mjs';
import { rustRules } from './rust.mjs';
import { typescriptRules } from './typescript.mjs';

/** More lines than one reads in one sitting; reported, not failed. */
const LONG = 300;
const SOURCE = /\.(rs|ts|js|mjs|py)$/;
const SKIPPED = /^(node_modules|dist|generated|target|fixtures|\.cache|__pycache__)$/;

/** Every source file under a folder: its path from `root`, and its text. */
function readSources(root, folder) {
  const files = [];
  const walk = (path) => {
    for (const name of readdirSync(join(root, path))) {
      const inner = `${path}/${name}`;
      if (statSync(join(root, inner)).isDirectory()) {
        if (!SKIPPED.test(name)) walk(inner);
      } else if (SOURCE.test(name)) {
        files.push({ path: inner, text: readFileSync(join(root, inner), 'utf8') });
      }
    }
  };
  walk(folder);
  return files;
}

/** Rules that hold for every language; a rule gives its violations, one a line. */
const generalRules = {
  'a file or folder is named after its subject': (files) =>
    files
      .filter(({ path }) => /(^|\/)(utils?|common|helpers?|misc)(\/|\.[a-z.]+$)/.test(path))
      .map(({ path }) => path),
};

export default {
  name: 'layers',
  about: 'the direction of dependencies in Rust, TypeScript and Python',
  async run({ root, log }) {
    const files = ['src', 'www', 'tests'].flatMap((folder) => readSources(root, folder));
    const rules = { ...generalRules, ...rustRules, ...typescriptRules, ...pythonRules };
    const result = { passed: 0, failed: 0, skipped: [] };
    for (const [name, rule] of Object.entries(rules)) {
      const violations = rule(files);
      result[violations.length ? 'failed' : 'passed']++;
      if (violations.length) log(`FAILED ${name}\n${violations.join('\n').replace(/^/gm, '    ')}`);
    }
    for (const { path, text } of files) {
      const lines = text.split('\n').length - 1;
      if (lines > LONG && path.startsWith('src/')) log(`long: ${path} has ${lines} lines`);
    }
    return result;
  },
};
