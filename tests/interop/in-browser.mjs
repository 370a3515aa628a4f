// Files of the newest joblib in a browser: loaded from a Response, compared, dumped again, and loaded by
// joblib. One file of each value, and one of each way to compress.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interopPythons } from '../../src/build/python.mjs';
import { serveTests } from '../browser/runner/pages.mjs';
import { launch } from '../drivers/browser.mjs';
import { checkValues, dumpValues, oneOfEach, titleOf } from './versions.mjs';

/** What comes back from the page goes through the driver as text. */
const MAX_BYTES = 50_000;

/** Reports as `checkVersions`. */
export async function checkInBrowser({ root, log, report }) {
  const environments = await interopPythons(log);
  const { python } = environments[environments.length - 1];
  const folder = mkdtempSync(join(tmpdir(), 'joblite-interop-'));
  const server = await serveTests(root, { mounts: { '/files/': `${folder}/` } });
  const browser = await launch('chromium');
  try {
    const { files } = await dumpValues(python, folder);
    const chosen = oneOfEach(
      files.filter(({ file }) => statSync(join(folder, file)).size <= MAX_BYTES),
    );
    const page = await browser.open(server.url('/blank.html'));
    const outcomes = await page.evaluate(redumpAll, chosen);
    const again = [];
    for (const [i, { problem, base64 }] of outcomes.entries()) {
      const { name, file } = chosen[i];
      const title = titleOf(chosen[i]);
      report(`Chromium loads ${title}`, problem);
      if (base64 === undefined) continue;
      writeFileSync(join(folder, `${file}.again`), base64, 'base64');
      again.push({ name, title, file: join(folder, `${file}.again`) });
    }
    const answers = await checkValues(python, folder, again);
    for (const [i, { title }] of again.entries()) {
      report(`joblib loads Chromium's ${title}`, answers[i] ?? undefined);
    }
    const failed =
      outcomes.filter(({ problem }) => problem).length + answers.filter(Boolean).length;
    log(`Chromium: ${chosen.length} loaded and dumped again, ${failed} failed`);
  } finally {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

/** In the page. */
async function redumpAll(files) {
  const joblite = await import('joblite');
  const { difference } = await import('/tests/fixtures/equal.js');
  const { evaluate } = await import('/tests/fixtures/examples.js');
  const { FORMS } = await import('/tests/interop/forms.mjs');
  const outcomes = [];
  for (const { name, options, file } of files) {
    try {
      const value = await joblite.load(await fetch(`/files/${file}`));
      const problem =
        FORMS[name] === undefined ? undefined : difference(value, evaluate(FORMS[name], joblite));
      const bytes = await joblite.dump(value, options);
      let binary = '';
      for (const byte of bytes) binary += String.fromCharCode(byte);
      outcomes.push({ problem, base64: btoa(binary) });
    } catch (error) {
      outcomes.push({ problem: `${error.code ?? error.name}: ${error.message}` });
    }
  }
  return outcomes;
}
