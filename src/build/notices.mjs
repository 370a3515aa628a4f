// `npm run notices`: writes THIRD-PARTY-NOTICES.md, what the published packages contain of others,
// from the licence files of the crates and npm packages that end up in them. The lint suite checks
// that it is up to date.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { shippedCrates, shippedNpmPackages } from './licences.mjs';
import { at } from './places.mjs';
import { asCommand } from './run.mjs';

export const NOTICES = at('THIRD-PARTY-NOTICES.md');

/** Of several licences to choose from, the first of these is taken. */
const PREFERRED = [/^LICENSE-MIT$/i, /^LICENSE-MIT0$/i, /^LICENSE(\.\w+)?$/i, /A(PACHE|2)$/i];
/** What goes along with whichever licence is taken. */
const ALWAYS = /^(NOTICE|LICENSE-UNICODE)/i;

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

/** Part of every wasm module, but of no lock file. */
const STANDARD_LIBRARY = {
  title: "Rust's standard library (MIT OR Apache-2.0)",
  text: `Copyright (c) The Rust Project Contributors\n\n${MIT}`,
};

/** The texts that go along with a package. One without licence files gets its authors and the MIT licence it names. */
function textsOf({ name, license, folder, authors }) {
  const names = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const chosen = PREFERRED.map((pattern) => names.find((file) => pattern.test(file))).find(Boolean);
  const files = names.filter((file) => file === chosen || ALWAYS.test(file));
  if (chosen)
    return files.map((file) =>
      readFileSync(join(folder, file), 'utf8').replaceAll('\r', '').trim(),
    );
  if (/\bMIT\b/.test(license)) return [`Copyright (c) ${authors.join(', ')}\n\n${MIT}`];
  throw new Error(
    `${name} has no licence file, and ${license} has no text in src/build/notices.mjs`,
  );
}

/** The text of THIRD-PARTY-NOTICES.md. */
export async function makeNotices() {
  const shipped = [...(await shippedCrates()), ...shippedNpmPackages()];
  /** Many crates share one text: from the text to those that it covers. */
  const sections = new Map([[STANDARD_LIBRARY.text, [STANDARD_LIBRARY.title]]]);
  for (const entry of shipped) {
    for (const text of textsOf(entry)) {
      sections.set(text, [
        ...(sections.get(text) ?? []),
        `${entry.name} ${entry.version} (${entry.license})`,
      ]);
    }
  }
  const body = [...sections].map(
    ([text, titles]) =>
      `${titles.map((title) => `- ${title}`).join('\n')}\n\n\`\`\`text\n${text}\n\`\`\``,
  );
  return `# Third-party notices

Written by \`npm run notices\`: what joblite's wasm modules contain of others, with their licences.

${body.join('\n\n')}
`;
}

await asCommand(import.meta.url, async () => {
  writeFileSync(NOTICES, await makeNotices());
});
