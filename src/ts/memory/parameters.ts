// The parameter names of a function, from its source text: for `ignore` and for what metadata.json
// says about a call. Not a parser of JavaScript: it finds where the list begins, and its commas.

/** The names of a function's parameters, in order; undefined for a pattern such as `{ a, b }`. */
export interface Parameters {
  readonly names: readonly (string | undefined)[];
  /** The position of a `...rest` parameter. */
  readonly rest: number | undefined;
}

const NONE: Parameters = { names: [], rest: undefined };
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/u;

/** Reads the parameters of `fn`; none where its source cannot be read, as for native functions. */
export function parametersOf(fn: (...args: never[]) => unknown): Parameters {
  const source = fn.toString();
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) return NONE;
  const list = parameterList(source);
  if (list === undefined) return NONE;
  const names: (string | undefined)[] = [];
  let rest: number | undefined;
  for (const text of split(list)) {
    if (text.startsWith('...')) rest = names.length;
    names.push(NAME.exec(text.replace(/^\.\.\.\s*/, ''))?.[0]);
  }
  return { names, rest };
}

/** The text between the parentheses, or the one name of `x => ...`. */
function parameterList(source: string): string | undefined {
  const single = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(source);
  if (single) return single[1];
  const start = scan(source, 0, (character) => character === '(');
  if (start === source.length || source.startsWith('class')) return undefined;
  const end = scan(source, start + 1, () => false);
  return source.slice(start + 1, end);
}

function split(list: string): string[] {
  const parts: string[] = [];
  let from = 0;
  while (from <= list.length) {
    const comma = scan(list, from, (character) => character === ',');
    const text = withoutComments(list.slice(from, comma)).trim();
    if (text !== '') parts.push(text);
    from = comma + 1;
  }
  return parts;
}

/** The next place outside of brackets, strings and comments that closes more than was opened, or where `stop`. */
function scan(text: string, from: number, stop: (character: string) => boolean): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    const skipped = skip(text, at);
    if (skipped > at) {
      at = skipped - 1;
    } else if (depth === 0 && stop(character)) {
      return at;
    } else if ('([{'.includes(character)) {
      depth += 1;
    } else if (')]}'.includes(character)) {
      if (depth === 0) return at;
      depth -= 1;
    }
  }
  return text.length;
}

/** The end of the string or comment that begins at `at`, or `at`. */
function skip(text: string, at: number): number {
  const literal = /\/\*.*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`/sy;
  literal.lastIndex = at;
  return literal.test(text) ? literal.lastIndex : at;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '');
}
