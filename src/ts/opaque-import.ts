// An `import()` that no bundler may follow: of a module of Node, or of a URL known only when it runs.
// The build keeps the two comments when it minifies (src/build/import-comments.mjs).

/** Imports a module by a specifier that bundlers leave as it is. A URL must be absolute. */
export function opaqueImport<T = object>(specifier: string): Promise<T> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ specifier) as Promise<T>;
}
