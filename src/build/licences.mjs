// What ends up in the packages that are published, and under which licences: the crates that are
// compiled into the wasm modules, and npm's production dependencies.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { at, root } from './places.mjs';
import { run } from './run.mjs';

/** None of these asks anything of a user but to pass on the notice. */
const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'Apache-2.0 WITH LLVM-exception',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BSL-1.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unicode-3.0',
  'Unlicense',
  'Zlib',
  // bzip2's own: BSD's three clauses but for the name, and altered sources are marked as such.
  'bzip2-1.0.6',
];

/**
 * Whether an SPDX expression leaves a choice that is allowed. crates.io's old `MIT/Apache-2.0` means OR.
 *
 * @param {string | null | undefined} expression
 */
export function isAllowed(expression) {
  if (!expression) return false;
  const text = expression.replaceAll('/', ' OR ').trim();
  const alternatives = splitTop(text, 'OR');
  if (alternatives.length > 1) return alternatives.some(isAllowed);
  const parts = splitTop(text, 'AND');
  if (parts.length > 1) return parts.every(isAllowed);
  if (/^\(.*\)$/.test(text)) return isAllowed(text.slice(1, -1));
  return ALLOWED.includes(text);
}

/** Splits at a word that stands outside parentheses. AND binds closer than OR, so OR is split first. */
function splitTop(text, word) {
  const parts = [''];
  let depth = 0;
  for (const token of text.split(/(\s+|[()])/)) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (depth === 0 && token === word) parts.push('');
    else parts[parts.length - 1] += token;
  }
  return parts.map((part) => part.trim());
}

/** @typedef {{ name: string, version: string, license: string | null, folder: string, authors: string[] }} Shipped */

/** The crates that are compiled into joblite.wasm, joblite_codecs.wasm and joblite_threads.wasm. @returns {Promise<Shipped[]>} */
export async function shippedCrates() {
  const args = [
    'metadata',
    '--format-version',
    '1',
    '--locked',
    '--features',
    'npm,threads,codecs',
    '--filter-platform',
    'wasm32-unknown-unknown',
  ];
  const { packages, resolve } = JSON.parse(await run('cargo', args, { cwd: root }));
  const byId = new Map(packages.map((entry) => [entry.id, entry]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const reached = new Set();
  const visit = (id) => {
    // A procedural macro runs in the compiler; neither it nor what it uses is in the wasm.
    if (reached.has(id) || byId.get(id).targets.some(({ kind }) => kind.includes('proc-macro')))
      return;
    reached.add(id);
    for (const { pkg, dep_kinds } of nodes.get(id).deps) {
      if (dep_kinds.some(({ kind }) => kind === null)) visit(pkg);
    }
  };
  visit(resolve.root);
  reached.delete(resolve.root);
  return [...reached]
    .map((id) => byId.get(id))
    .map(({ name, version, license, manifest_path, authors }) => ({
      name,
      version,
      license,
      folder: dirname(manifest_path),
      authors,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** npm packages that come along with the published one. @returns {Shipped[]} */
export function shippedNpmPackages() {
  const { packages } = JSON.parse(readFileSync(at('package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path, { version, license }]) => ({
      name: path.replace(/^.*node_modules\//, ''),
      version,
      license,
      folder: at(path),
      authors: [],
    }));
}
