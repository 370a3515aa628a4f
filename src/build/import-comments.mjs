// Puts back, after minification, the comments by which users' bundlers leave an `import()` alone:
// esbuild drops them with the white space, and without them webpack warns at every build ("the request
// of a dependency is an expression") and Vite's dev server at every start.

const COMMENTS = '/* @vite-ignore *//* webpackIgnore: true */';

/** An import() of an expression; what is imported by a literal is a bundler's to follow. */
const OPAQUE = /\bimport\((?=[\w$`])/g;

/** `{ code, map, count }` with the comments in `code` and their columns in `map`, a source map's JSON. */
export function markOpaqueImports(code, map) {
  const { mappings, ...rest } = JSON.parse(map);
  const lines = mappings.split(';');
  let count = 0;
  const marked = code
    .split('\n')
    .map((line, number) => {
      const ends = [...line.matchAll(OPAQUE)].map((match) => match.index + match[0].length);
      if (ends.length === 0) return line;
      count += ends.length;
      lines[number] = shiftColumns(lines[number] ?? '', ends);
      return line.replace(OPAQUE, (text) => text + COMMENTS);
    })
    .join('\n');
  return { code: marked, map: JSON.stringify({ ...rest, mappings: lines.join(';') }), count };
}

/**
 * A line's segments with those from each of `columns` on moved by the length of the comments. Columns
 * are relative to the segment before, so only the first segment behind an insertion changes.
 */
function shiftColumns(line, columns) {
  let column = 0;
  let passed = 0;
  return line
    .split(',')
    .map((segment) => {
      const { value, length } = decode(segment);
      column += value;
      const before = passed;
      while (passed < columns.length && column >= columns[passed]) passed += 1;
      if (passed === before) return segment;
      return encode(value + (passed - before) * COMMENTS.length) + segment.slice(length);
    })
    .join(',');
}

// Variable-length quantities of source maps, https://tc39.es/ecma426/#sec-base64-vlq: five bits a
// digit, the sixth says that more follow, the lowest bit of the number is its sign.
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function decode(text) {
  let bits = 0;
  let length = 0;
  for (let digit = 32; digit >= 32; length++) {
    digit = DIGITS.indexOf(text[length]);
    bits += (digit & 31) << (5 * length);
  }
  return { value: bits & 1 ? -(bits >> 1) : bits >> 1, length };
}

function encode(value) {
  let bits = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    const rest = bits >> 5;
    text += DIGITS[(bits & 31) | (rest > 0 ? 32 : 0)];
    bits = rest;
  } while (bits > 0);
  return text;
}
