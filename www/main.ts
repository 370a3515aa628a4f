/**
 * The page: what happens when something is chosen or pressed, and what is shown then.
 * The job itself is in job.ts, the drawing in the modules beside this one.
 */

import { type BatchInfo, cpuCount, environment } from 'joblite';
import { CachePanel } from './cache-panel.js';
import { showEnvironment } from './environment-panel.js';
import { type Flights, groupFlights, groupings, loadFlights } from './flights.js';
import { formatCount, formatDuration, formatPercent, formatPlural } from './format.js';
import { drawIntervals, type IntervalPlot } from './interval-plot.js';
import {
  type Answer,
  bootstrap,
  bootstrapCached,
  countDifferences,
  intervals,
  memory,
} from './job.js';
import { NumbersTable, type Row } from './numbers-table.js';
import { type Choice, SettingsForm } from './settings.js';
import { statistics } from './statistics.js';
import { observe } from './tasks.js';
import { busyShare, drawTimeline } from './timeline.js';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

const page = element('page');
const runButton = element<HTMLButtonElement>('run');
const compareButton = element<HTMLButtonElement>('compare');
const cancelButton = element<HTMLButtonElement>('cancel');
const progress = element<HTMLProgressElement>('progress');

const cores = cpuCount();
const form = new SettingsForm(element<HTMLFormElement>('settings'), Math.max(2, cores));
const table = new NumbersTable(element<HTMLTableElement>('table'));
const cachePanel = new CachePanel(memory, {
  summary: element('cache-summary'),
  items: element('cache-items'),
  clear: element<HTMLButtonElement>('clear'),
});

let flights: Flights;
/** The answer that is shown, with the choice it belongs to. */
let shown: { choice: Choice; answer: Answer | null } | null = null;
let batches: BatchInfo[] = [];
let timelineWorkers = 0;
/** What cancels the job that runs; null while none does. */
let running: AbortController | null = null;

/** Sets one of the large figures. */
function setFigure(
  name: 'answer' | 'sequential' | 'parallel' | 'saved',
  value: string,
  note: string,
): void {
  element(`figure-${name}`).textContent = value;
  element(`figure-${name}-note`).textContent = note;
}

function resetFigures(): void {
  setFigure('answer', '–', 'not computed yet');
  setFigure('sequential', '–', 'not timed yet');
  setFigure('parallel', '–', 'not timed yet');
  setFigure('saved', '–', 'compute, then reload the page');
  element('source').hidden = true;
}

/** `say` is also read aloud; progress in between is only shown. */
function setStatus(text: string, { say = false } = {}): void {
  element('status').textContent = text;
  if (say) element('announcement').textContent = text;
}

function setState(state: 'idle' | 'running' | 'done' | 'failed'): void {
  page.dataset.state = state;
  const busy = state === 'running';
  // Not `disabled`: that would take the focus away from who has just pressed the button.
  runButton.ariaDisabled = String(busy);
  compareButton.ariaDisabled = String(busy);
  cancelButton.disabled = !busy;
}

/** Draws the plot and the table for the choice; without an answer only what needs no resampling. */
function draw(): void {
  if (shown === null) return;
  const { choice, answer } = shown;
  const statistic = statistics[choice.statistic];
  const grouping = groupings[choice.grouping];
  const rows: IntervalPlot['points'] & Row[] = answer
    ? intervals(answer, choice.level)
    : groupFlights(flights, choice.grouping).map(({ label, title, delays }) => ({
        label,
        title,
        size: delays.length,
        value: observe(delays, choice.statistic),
      }));
  element('result-title').textContent = `${statistic.label} by ${grouping.label.toLowerCase()}`;
  element('result-caption').textContent = answer
    ? `${formatPercent(choice.level)} intervals from ${formatCount(choice.resamples)} resamples of each group.`
    : `The ${formatCount(flights.delay.length)} flights as they are. Compute to see how sure that is.`;
  element('legend-level').textContent = `${formatPercent(choice.level)} interval`;
  drawIntervals(element('plot'), {
    points: rows,
    overall: observe(flights.delay, choice.statistic),
    level: choice.level,
    axis: grouping.axis,
    statistic: statistic.label,
    unit: statistic.unit,
  });
  table.show(rows, choice.level, `${statistic.short} (${statistic.unit})`);
}

let timelineFrame: number | null = null;

/** Draws the timeline with the next frame, however many batches came since the last. */
function redrawTimeline(): void {
  if (timelineFrame !== null) return;
  timelineFrame = requestAnimationFrame(() => {
    timelineFrame = null;
    drawTimeline(element('timeline'), batches, timelineWorkers);
  });
}

function startTimeline(
  workers: number,
  caption = 'Every block is a batch of tasks, drawn as it comes back.',
): void {
  batches = [];
  timelineWorkers = workers;
  element('timeline-caption').textContent = caption;
  redrawTimeline();
}

function endTimeline(): void {
  if (batches.length === 0) return;
  const count = batches.reduce((sum, batch) => sum + batch.count, 0);
  element('timeline-caption').textContent =
    `${formatPlural(count, 'task')} in ${formatPlural(batches.length, 'batch', 'batches')}; ` +
    `the workers were busy ${formatPercent(busyShare(batches, timelineWorkers))} of the time.`;
}

/** Runs `job` with everything that a running job shows; what it throws becomes a sentence. */
async function runJob(job: (controller: AbortController) => Promise<string>): Promise<void> {
  if (running !== null) return;
  const controller = new AbortController();
  running = controller;
  setState('running');
  progress.value = 0;
  try {
    setStatus('Asking the cache …');
    const sentence = await job(controller);
    progress.value = 1;
    setState('done');
    setStatus(sentence, { say: true });
  } catch (error) {
    progress.value = 0;
    const cancelled = controller.signal.aborted;
    setState(cancelled ? 'idle' : 'failed');
    setStatus(
      cancelled ? 'Cancelled. Nothing was stored.' : `It failed: ${(error as Error).message}`,
      { say: true },
    );
  } finally {
    running = null;
  }
  await cachePanel.refresh();
}

/** Shows progress in words, and says every quarter aloud. `part` of `parts` is for two runs in a row. */
function progressOf(words: string, part = 0, parts = 1): (finished: number, total: number) => void {
  let quarter = 0;
  return (finished, total) => {
    progress.value = (part + finished / total) / parts;
    setStatus(`${words}: ${formatCount(finished)} of ${formatPlural(total, 'task')}.`);
    const reached = Math.floor((4 * finished) / total);
    if (reached > quarter && reached < 4)
      element('announcement').textContent = `${words}: ${25 * reached} %.`;
    quarter = reached;
  };
}

function inWords(workers: number): string {
  return workers === 1 ? 'in the page’s own thread' : `by ${formatPlural(workers, 'worker')}`;
}

/** The answer for the choice, from the cache if it is there. */
function compute(choice: Choice): Promise<void> {
  return runJob(async ({ signal }) => {
    let computed = false;
    const startedAt = performance.now();
    const cached = bootstrapCached({
      workers: choice.workers,
      signal,
      onStart: () => {
        computed = true;
        startTimeline(choice.workers);
      },
      onProgress: progressOf('Resampling'),
      onBatch: (batch) => {
        batches.push(batch);
        redrawTimeline();
      },
    });
    const answer = await cached(flights, keyOf(choice));
    const tookMs = performance.now() - startedAt;
    shown = { choice, answer };
    draw();
    return computed ? tellComputed(choice, answer) : tellCached(answer, tookMs);
  });
}

function tellComputed(choice: Choice, answer: Answer): string {
  page.dataset.source = 'computed';
  element('source').hidden = true;
  setFigure('answer', formatDuration(answer.durationMs), `computed ${inWords(answer.workers)}`);
  const kind = choice.workers === 1 ? 'sequential' : 'parallel';
  setFigure(kind, formatDuration(answer.durationMs), inWords(answer.workers));
  endTimeline();
  return `Computed in ${formatDuration(answer.durationMs)} and stored. Reload the page: the answer will be there.`;
}

function tellCached(answer: Answer, tookMs: number): string {
  page.dataset.source = 'cache';
  startTimeline(answer.workers, 'No worker had to do anything: the answer was in the cache.');
  const savedMs = answer.durationMs - tookMs;
  const badge = element('source');
  badge.hidden = false;
  badge.textContent = 'from the cache';
  setFigure('answer', formatDuration(tookMs), 'read from the cache');
  setFigure(
    'saved',
    formatDuration(savedMs),
    `${formatDuration(tookMs)} instead of ${formatDuration(answer.durationMs)}`,
  );
  return `From the cache in ${formatDuration(tookMs)}; computing it took ${formatDuration(answer.durationMs)} ${inWords(answer.workers)}.`;
}

/** Computes the same twice without the cache: in the page's own thread, then by the workers. */
function compare(choice: Choice): Promise<void> {
  const workers = Math.max(2, choice.workers);
  return runJob(async ({ signal }) => {
    const settings = keyOf(choice);
    const sequential = await bootstrap(flights, settings, {
      workers: 1,
      signal,
      onProgress: progressOf('Sequentially', 0, 2),
    });
    setFigure('sequential', formatDuration(sequential.durationMs), inWords(1));
    startTimeline(workers);
    const parallel = await bootstrap(flights, settings, {
      workers,
      signal,
      onProgress: progressOf('In parallel', 1, 2),
      onBatch: (batch) => {
        batches.push(batch);
        redrawTimeline();
      },
    });
    endTimeline();
    const share = parallel.durationMs / sequential.durationMs;
    setFigure(
      'parallel',
      formatDuration(parallel.durationMs),
      `${inWords(workers)}: ${formatPercent(share)} of the time`,
    );
    const differences = countDifferences(sequential, parallel);
    page.dataset.differences = String(differences);
    shown = { choice, answer: parallel };
    page.dataset.source = 'computed';
    element('source').hidden = true;
    setFigure('answer', formatDuration(parallel.durationMs), `computed ${inWords(workers)}`);
    draw();
    const compared = formatCount(parallel.resampled.length + parallel.observed.length);
    return differences === 0
      ? `${formatPercent(share)} of the sequential time, and the same numbers: all ${compared} are equal.`
      : `${formatCount(differences)} of ${compared} numbers differ. They should not: please report it.`;
  });
}

/** Only what the answer depends on: the key must not hold the number of workers. */
function keyOf({ statistic, grouping, resamples, seed }: Choice) {
  return { statistic, grouping, resamples, seed };
}

/** Shows a new choice: what needs no computing at once, and the answer if the cache has it. */
async function choose(): Promise<void> {
  const choice = form.read();
  if (choice === null) return;
  form.remember(choice);
  if (shown !== null && sameAnswer(shown.choice, choice)) {
    shown.choice = choice;
    draw();
    return;
  }
  running?.abort();
  shown = { choice, answer: null };
  resetFigures();
  startTimeline(choice.workers);
  draw();
  const cached = bootstrapCached({ workers: choice.workers, signal: new AbortController().signal });
  if (await cached.checkCallInCache(flights, keyOf(choice))) {
    // Another choice may have been made meanwhile.
    if (shown.choice === choice) await compute(choice);
  } else if (running === null) {
    setState('idle');
    setStatus('Ready.');
  }
}

function sameAnswer(one: Choice, other: Choice): boolean {
  return JSON.stringify(keyOf(one)) === JSON.stringify(keyOf(other));
}

function listen(): void {
  form.onChange(() => void choose());
  element('settings').addEventListener('submit', (event) => {
    event.preventDefault();
    const choice = form.read();
    if (choice) void compute(choice);
  });
  compareButton.addEventListener('click', () => {
    const choice = form.read();
    if (choice) void compare(choice);
    else form.report();
  });
  cancelButton.addEventListener('click', () => running?.abort());
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') running?.abort();
  });
  let width = innerWidth;
  new ResizeObserver(() => {
    if (width === innerWidth) return;
    width = innerWidth;
    draw();
    redrawTimeline();
  }).observe(document.body);
}

async function start(): Promise<void> {
  showEnvironment(element('environment'), environment());
  drawTimeline(element('timeline'), [], Math.max(2, cores));
  try {
    flights = await loadFlights();
  } catch (error) {
    setState('failed');
    setStatus((error as Error).message, { say: true });
    return;
  }
  setState('idle');
  listen();
  await choose();
  await cachePanel.refresh();
}

await start();
