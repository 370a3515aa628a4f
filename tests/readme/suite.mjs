// README keeps its word: every code block is run, by what its reader would run it with, and prints
// what it says it prints. A block in a language that nothing here runs is a failure.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runJavaScript } from './javascript.mjs';
import { runPython } from './python.mjs';
import { runRust } from './rust.mjs';
import { snippetsOf } from './snippets.mjs';

export default {
  name: 'readme',
  about: "README's code blocks, run as its readers would",

  async run({ root, log = console.log }) {
    const total = { passed: 0, failed: 0, skipped: [] };
    const test = async (name, run) => {
      try {
        await run();
        total.passed += 1;
      } catch (error) {
        total.failed += 1;
        log(`FAILED ${name}\n    ${error.stack}`);
      }
    };
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const snippets = snippetsOf(readme);
    const of = (language) => snippets.filter((snippet) => snippet.language === language);

    await test('every code block is in a language that is run here', () => {
      const known = ['js', 'python', 'rust', 'sh'];
      deepEqual(
        snippets.filter(({ language }) => !known.includes(language)),
        [],
      );
      for (const language of known) ok(of(language).length > 0, `no block in ${language}`);
    });
    await test('the npm scripts that README names exist', async () => {
      const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
      const named = [...readme.matchAll(/npm (?:run ([\w:]+)|(start|test))\b/g)];
      ok(named.length > 0);
      for (const [, run, short] of named) ok(scripts[run ?? short], `npm run ${run ?? short}`);
    });
    await test('the files that README links to exist', async () => {
      for (const [, path] of readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        equal(
          await stat(join(root, path)).then(
            () => 'there',
            () => 'missing',
          ),
          'there',
          path,
        );
      }
    });
    await test('JavaScript', () => runJavaScript(root, of('js')));
    await test('Python', () => runPython(root, of('python')));
    await test('Rust', () => runRust(root, of('rust')));
    return total;
  },
};
