// Rules for src/**/*.rs. A module is a name right under the crate: a folder or a file of src/.

/** What each module may name of the crate, beside itself. */
const MAY_USE = {
  error: [],
  value: ['error'],
  tape: ['error', 'value'],
  pickle: ['error', 'value'],
  hash: ['error', 'value', 'pickle'],
  compress: ['error'],
  persist: ['error', 'value', 'tape', 'pickle', 'compress'],
  store: ['error'],
  memory: ['error', 'store'],
  parallel: ['error'],
};

/** The crates through which Rust touches the browser, and the modules that may. */
const PLATFORM = /\b(wasm_bindgen|wasm_bindgen_futures|js_sys|web_sys|serde_wasm_bindgen|idb)::/;
const MAY_TOUCH_PLATFORM = ['wasm', 'store'];

const isRust = ({ path }) => /^src\/.*\.rs$/.test(path) && path !== 'src/lib.rs';
const moduleOf = (path) => path.split('/')[1].replace(/\.rs$/, '');
const withoutComments = (text) => text.replace(/\/\/.*$/gm, '');

/** `pub use error::{Error, Result}` in lib.rs: a name of the crate and the module it comes from. */
function reexports(files) {
  const lib = withoutComments(files.find(({ path }) => path === 'src/lib.rs').text);
  const names = new Map();
  for (const [, module, one, several] of lib.matchAll(
    /pub use (\w+)::(?:[\w:]*::)?(?:(\w+);|\{([^}]*)\})/g,
  )) {
    for (const name of (one ?? several).split(',')) names.set(name.trim(), module);
  }
  return names;
}

/** The names that a file takes from the top of the crate: `crate::a`, `crate::{a, b::c}`. */
function crateNames({ path, text }) {
  const code = withoutComments(text);
  const names = [...code.matchAll(/\bcrate::(\w+)/g)].map(([, name]) => name);
  for (const { index } of code.matchAll(/\bcrate::\{/g))
    names.push(...topOfGroup(code, index + 'crate::'.length));
  // In a file right under src/, `super` is the crate; in its test module it is the file itself.
  if (path.split('/').length === 2) {
    const body = code.split('#[cfg(test)]')[0];
    names.push(...[...body.matchAll(/\bsuper::(\w+)/g)].map(([, name]) => name));
  }
  return names;
}

/** `{a, b::{c, d}}` gives a and b. */
function topOfGroup(code, start) {
  let depth = 0;
  let top = '';
  for (let i = start; i < code.length; i++) {
    if (code[i] === '}') depth--;
    if (depth === 0 && i > start) break;
    if (depth === 1 && code[i] !== '{') top += code[i];
    if (code[i] === '{') depth++;
  }
  return top
    .split(',')
    .map((part) => part.trim().split('::')[0])
    .filter(Boolean);
}

export const rustRules = {
  "Rust's modules depend on one another in one direction": (files) => {
    const from = reexports(files);
    const violations = [];
    for (const file of files.filter(isRust)) {
      const module = moduleOf(file.path);
      if (module === 'wasm') continue;
      if (!MAY_USE[module]) {
        violations.push(`${file.path}: the module ${module} has no line in tests/layers/rust.mjs`);
        continue;
      }
      const used = new Set(crateNames(file).map((name) => from.get(name) ?? name));
      for (const name of used) {
        if (name !== module && !MAY_USE[module].includes(name))
          violations.push(`${file.path}: ${module} must not know ${name}`);
      }
    }
    return violations;
  },

  'Rust touches the browser in wasm and store only': (files) =>
    files
      .filter((file) => isRust(file) && !MAY_TOUCH_PLATFORM.includes(moduleOf(file.path)))
      .filter(({ text }) => PLATFORM.test(withoutComments(text)))
      .map(({ path }) => path),
};
