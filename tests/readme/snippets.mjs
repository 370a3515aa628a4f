// README's code blocks, as data: where they stand, their language, their file name and what they say
// they print. Nothing is run here.

/**
 * @returns {{ language: string, line: number, code: string, file?: string, prints: string[] }[]}
 *   `file` is the name in a first comment such as `// tasks.js`; `prints` the texts behind `// prints `
 *   and `# prints `, in order
 */
export function snippetsOf(markdown) {
  const snippets = [];
  let open;
  markdown.split('\n').forEach((text, index) => {
    const fence = /^```(\w*)$/.exec(text);
    if (!open && fence) open = { language: fence[1], line: index + 1, lines: [] };
    else if (open && text === '```') {
      snippets.push(toSnippet(open));
      open = undefined;
    } else open?.lines.push(text);
  });
  if (open) throw new Error(`README: the code block of line ${open.line} has no end`);
  return snippets;
}

function toSnippet({ language, line, lines }) {
  const file = /^\/\/ (\S+\.(?:js|ts|html))\b/.exec(lines[0] ?? '')?.[1];
  const prints = lines.flatMap((text) => /(?:\/\/|#) prints (.*)$/.exec(text)?.[1] ?? []);
  return { language, line, code: lines.join('\n'), file, prints };
}
