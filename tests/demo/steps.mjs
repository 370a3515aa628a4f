// What a person does with the demo page, in this order in one tab; each step leaves the page usable
// for the next one.

import { deepEqual, equal, match, ok } from 'node:assert/strict';

const tableText = () =>
  [...document.querySelectorAll('#table tbody tr')].map((row) =>
    [...row.cells].map((cell) => cell.textContent).join(' | '),
  );
const dataOf = () => ({ ...document.querySelector('#page').dataset });
const cachedCount = () => document.querySelectorAll('#cache-items li').length;

async function settled(page) {
  await page.waitFor(() =>
    ['idle', 'done', 'failed'].includes(document.querySelector('#page').dataset.state),
  );
}

/** Chooses a value as a person would, with the events that follow. */
function choose(page, name, value) {
  return page.evaluate(
    ([field, chosen]) => {
      const input = document.getElementById(field);
      input.value = chosen;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    },
    [name, value],
  );
}

export const steps = [
  {
    name: 'shows the flights before anything is computed',
    async run({ page, isolated, engine }) {
      await settled(page);
      equal((await page.evaluate(dataOf)).state, 'idle');
      const rows = await page.evaluate(tableText);
      equal(rows.length, 20);
      match(rows[0], /^05:00 to 05:59 \| 2,597 \| −2\.89 \| – \| –$/);
      const sharing = await page.evaluate(() => crossOriginIsolated);
      // WebKitGTK is built without SharedArrayBuffer, and says so.
      if (engine !== 'webkitgtk') equal(sharing, isolated);
    },
  },
  {
    name: 'gives the same numbers sequentially and in parallel',
    async run({ page }) {
      await page.click('#compare');
      await page.waitFor(() => document.querySelector('#page').dataset.state !== 'running');
      const { state, differences } = await page.evaluate(dataOf);
      equal(state, 'done');
      equal(differences, '0');
      ok((await page.evaluate(() => document.querySelectorAll('#timeline rect').length)) > 1);
      match(await page.text('#timeline-caption'), /^\d+ tasks? in \d+ batch/);
    },
  },
  {
    name: 'computes, stores and says so',
    async run({ page, tables, engine }) {
      const compared = await page.evaluate(tableText);
      await page.click('#run');
      await page.waitFor(() => document.querySelector('#page').dataset.state !== 'running');
      const { state, source } = await page.evaluate(dataOf);
      equal(state, 'done');
      equal(source, 'computed');
      const rows = await page.evaluate(tableText);
      deepEqual(rows, compared);
      ok(rows.every((row) => !row.includes('–')));
      tables.set(engine, rows.join('\n'));
      await page.waitFor(() => document.querySelectorAll('#cache-items li').length === 1);
    },
  },
  {
    name: 'answers from the cache after a reload',
    async run({ page, tables, engine }) {
      await page.reload();
      await page.waitFor(() => document.querySelector('#page')?.dataset.state === 'done');
      equal((await page.evaluate(dataOf)).source, 'cache');
      equal(await page.text('#source'), 'from the cache');
      equal((await page.evaluate(tableText)).join('\n'), tables.get(engine));
      match(await page.text('#figure-saved-note'), /instead of/);
    },
  },
  {
    name: 'draws another confidence level from the same answer',
    async run({ page }) {
      const before = await page.evaluate(tableText);
      await choose(page, 'level', '0.8');
      const after = await page.evaluate(tableText);
      equal(after.length, before.length);
      ok(after.every((row, index) => row !== before[index]));
      equal((await page.evaluate(dataOf)).source, 'cache');
      await choose(page, 'level', '0.95');
      deepEqual(await page.evaluate(tableText), before);
    },
  },
  {
    name: 'cancels a job that runs, stores nothing, and computes again',
    async run({ page }) {
      const before = await page.evaluate(cachedCount);
      await choose(page, 'resamples', '50000');
      await settled(page);
      await page.click('#run');
      await page.waitFor(() => document.querySelector('#progress').value > 0);
      equal((await page.evaluate(dataOf)).state, 'running');
      await page.click('#cancel');
      await settled(page);
      match(await page.text('#status'), /^Cancelled/);
      equal(await page.evaluate(cachedCount), before);

      await choose(page, 'resamples', '200');
      await choose(page, 'statistic', 'p90');
      await settled(page);
      await page.click('#run');
      await page.waitFor(() => document.querySelector('#page').dataset.state !== 'running');
      equal((await page.evaluate(dataOf)).source, 'computed');
    },
  },
  {
    name: 'can be used by keyboard alone',
    async run({ page }) {
      await choose(page, 'seed', '2');
      await settled(page);
      await page.evaluate(() => document.getElementById('statistic').focus());
      const visited = [];
      for (let press = 0; press < 12 && visited.at(-1) !== 'run'; press += 1) {
        await page.type('\uE004');
        visited.push(await page.evaluate(() => document.activeElement.id));
      }
      equal(visited.at(-1), 'run', `Tab went to ${visited.join(', ')}`);
      await page.type('\uE007');
      await page.waitFor(() => document.querySelector('#page').dataset.state === 'done');
      equal(await page.evaluate(() => document.activeElement.id), 'run');

      await page.evaluate(() => document.querySelector('[data-column="size"]').focus());
      await page.type('\uE007');
      const sizes = await page.evaluate(() =>
        [...document.querySelectorAll('#table tbody td:nth-child(2)')].map((cell) =>
          Number(cell.textContent.replaceAll(',', '')),
        ),
      );
      deepEqual(
        sizes,
        sizes.toSorted((one, other) => one - other),
      );
      equal(
        await page.evaluate(() => document.querySelector('th[aria-sort]').ariaSort),
        'ascending',
      );
    },
  },
  {
    name: 'fits 1280 and 390 pixels without scrolling sideways',
    async run({ page }) {
      for (const width of [390, 1280]) {
        await page.resize({ width, height: 900 });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        ok(overflow <= 0, `${overflow} pixels too wide at ${width}`);
      }
    },
  },
  {
    name: 'clears the cache',
    async run({ page }) {
      await page.click('#clear');
      await page.waitFor(() => document.querySelectorAll('#cache-items li').length === 0);
      await page.reload();
      await page.waitFor(() =>
        ['idle', 'done'].includes(document.querySelector('#page')?.dataset.state),
      );
      equal((await page.evaluate(dataOf)).state, 'idle');
    },
  },
  {
    name: 'writes no error to the console',
    async run({ browser, engine }) {
      const errors = (await browser.messages()).filter(({ level }) => level === 'error');
      deepEqual(errors, []);
      if (engine === 'webkitgtk') return "WebKitGTK's driver does not give the console";
    },
  },
];
