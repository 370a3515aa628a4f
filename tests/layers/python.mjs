// Rules for src/py.

/** What only Pyodide has. */
const PLATFORM = /^\s*(?:from|import)\s+(?:js|pyodide|pyodide_js|_pyodide_core)\b/m;

export const pythonRules = {
  'one file of the Python package imports js and pyodide': (files) => {
    const importers = files.filter(
      ({ path, text }) => path.startsWith('src/py/') && path.endsWith('.py') && PLATFORM.test(text),
    );
    return importers.length <= 1 ? [] : importers.map(({ path }) => path);
  },
};
