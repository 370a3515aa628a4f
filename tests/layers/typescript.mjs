// Rules for src/ts.

import { posix } from 'node:path';

const isTypeScript = ({ path }) => path.startsWith('src/ts/') && path.endsWith('.ts');
const inWorkers = (path) => path.startsWith('src/ts/workers/');

/** A file's relative imports, as paths from the top; `typeOnly` ones are gone at run time. */
function importsOf({ path, text }) {
  const pattern =
    /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?from\s+)?'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'/gm;
  const code = text.replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(pattern)].map(([, type, from, dynamic]) => {
    const specifier = from ?? dynamic;
    return {
      specifier,
      typeOnly: Boolean(type),
      to: posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts'),
    };
  });
}

const importersOf = (files, target) =>
  files
    .filter((file) => isTypeScript(file) && importsOf(file).some(({ to }) => to === target))
    .map(({ path }) => path);

/** The first cycle that is found from `start`, or null. */
function findCycle(graph, start, path = [start], seen = new Set()) {
  for (const next of graph.get(start) ?? []) {
    if (path.includes(next)) return [...path.slice(path.indexOf(next)), next];
    if (seen.has(next)) continue;
    seen.add(next);
    const cycle = findCycle(graph, next, [...path, next], seen);
    if (cycle) return cycle;
  }
  return null;
}

/** Each generated module has its one importer. */
const DOORS = {
  'src/ts/generated/joblite.ts': 'src/ts/wasm.ts',
  'src/ts/generated/joblite_codecs.ts': 'src/ts/codecs-glue.ts',
  'src/ts/generated/joblite_threads.ts': 'src/ts/threads-glue.ts',
};

export const typescriptRules = {
  'TypeScript reaches workers by URL only': (files) =>
    files
      .filter((file) => isTypeScript(file) && !inWorkers(file.path))
      .flatMap((file) =>
        importsOf(file)
          .filter(({ to }) => inWorkers(to))
          .map(({ to }) => `${file.path} imports ${to}`),
      ),

  'one file imports the glue of a wasm module': (files) =>
    Object.entries(DOORS).flatMap(([glue, door]) => {
      const importers = importersOf(files, glue);
      return importers.length === 1 && importers[0] === door
        ? []
        : [`${glue} is imported by ${importers.join(', ') || 'nothing'}, not by ${door} alone`];
    }),

  'TypeScript imports files by their names at run time': (files) =>
    files.filter(isTypeScript).flatMap((file) =>
      importsOf(file)
        .filter(({ specifier }) => !specifier.endsWith('.js'))
        .map(({ specifier }) => `${file.path} imports ${specifier}`),
    ),

  'TypeScript modules do not import one another in a circle': (files) => {
    const graph = new Map(
      files.filter(isTypeScript).map((file) => [
        file.path,
        importsOf(file)
          .filter(({ typeOnly }) => !typeOnly)
          .map(({ to }) => to),
      ]),
    );
    const cycles = new Set();
    for (const start of graph.keys()) {
      const cycle = findCycle(graph, start);
      if (cycle) cycles.add(cycle.join(' -> '));
    }
    return [...cycles].slice(0, 5);
  },
};
