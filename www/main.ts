/**
 * The page: what happens when something is chosen or pressed, and what is shown then.
 * The job itself is in job.ts, the drawing in the modules beside this one.
 */

import { cpuCount, environment } from 'joblite';
import { CachePanel } from './cache-panel.js';
import { showEnvironment } from './environment-panel.js';
import { type Flights, groupFlights, groupings, loadFlights } from './flights.js';
import { formatCount, formatDuration, formatPercent } from './format.js';
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
import {
  element,
  inWords,
  progressOf,
  resetFigures,
  setDifferences,
  setFigure,
  setProgress,
  setSource,
  setState,
  setStatus,
} from './readout.js';
import { type Choice, SettingsForm } from './settings.js';
import { statistics } from './statistics.js';
import { observe } from './tasks.js';
import { Timeline } from './timeline.js';

const cores = cpuCount();
const form = new SettingsForm(element<HTMLFormElement>('settings'), Math.max(2, cores));
const table = new NumbersTable(element<HTMLTableElement>('table'));
const timeline = new Timeline(element('timeline'), element('timeline-caption'));
const cachePanel = new CachePanel(memory, {
  summary: element('cache-summary'),
  items: element('cache-items'),
  clear: element<HTMLButtonElement>('clear'),
});

let flights: Flights;
/** The answer that is shown, with the choice it belongs to. */
let shown: { choice: Choice; answer: Answer | null } | null = null;
/** The job that runs and what cancels it; null while none does. */
let running: { controller: AbortController; ended: Promise<void> } | null = null;

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

/** Runs `job` unless another one runs, with everything that a running job shows. */
async function runJob(job: (signal: AbortSignal) => Promise<string>): Promise<void> {
  if (running !== null) return;
  const controller = new AbortController();
  running = { controller, ended: showJob(job, controller.signal) };
  await running.ended;
}

/** What the job throws becomes a sentence. */
async function showJob(
  job: (signal: AbortSignal) => Promise<string>,
  signal: AbortSignal,
): Promise<void> {
  setState('running');
  setProgress(0);
  setStatus('Asking the cache …');
  try {
    const sentence = await job(signal);
    setProgress(1);
    setState('done');
    setStatus(sentence, { say: true });
  } catch (error) {
    setProgress(0);
    setState(signal.aborted ? 'idle' : 'failed');
    const sentence = `It failed: ${(error as Error).message}`;
    setStatus(signal.aborted ? 'Cancelled. Nothing was stored.' : sentence, { say: true });
  } finally {
    running = null;
  }
  await cachePanel.refresh();
}

/** After so long without an answer and without computing, somebody else must be computing it. */
const waitingMs = 1000;

/** The promise, or a rejection as soon as the signal says so: waiting for another tab has no signal. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([promise, aborted]);
}

/** The answer for the choice, from the cache if it is there. */
function compute(choice: Choice): Promise<void> {
  return runJob(async (signal) => {
    let computed = false;
    const startedAt = performance.now();
    const cached = bootstrapCached({
      workers: choice.workers,
      signal,
      onStart: () => {
        computed = true;
        timeline.start(choice.workers);
      },
      onProgress: progressOf('Resampling'),
      onBatch: (batch) => timeline.add(batch),
    });
    const waiting = setTimeout(() => {
      if (!computed) setStatus('Another tab computes the same: waiting for its answer.');
    }, waitingMs);
    const answer = await untilAborted(cached(flights, keyOf(choice)), signal).finally(() =>
      clearTimeout(waiting),
    );
    const tookMs = performance.now() - startedAt;
    shown = { choice, answer };
    draw();
    return computed ? tellComputed(choice, answer) : tellCached(answer, tookMs);
  });
}

function tellComputed(choice: Choice, answer: Answer): string {
  setSource('computed');
  setFigure('answer', formatDuration(answer.durationMs), `computed ${inWords(answer.workers)}`);
  const kind = choice.workers === 1 ? 'sequential' : 'parallel';
  setFigure(kind, formatDuration(answer.durationMs), inWords(answer.workers));
  timeline.end();
  return `Computed in ${formatDuration(answer.durationMs)} and stored. Reload the page: the answer will be there.`;
}

function tellCached(answer: Answer, tookMs: number): string {
  setSource('cache');
  timeline.start(answer.workers, 'No worker had to do anything: the answer was in the cache.');
  const savedMs = answer.durationMs - tookMs;
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
  return runJob(async (signal) => {
    const settings = keyOf(choice);
    const sequential = await bootstrap(flights, settings, {
      workers: 1,
      signal,
      onProgress: progressOf('Sequentially', 0, 2),
    });
    setFigure('sequential', formatDuration(sequential.durationMs), inWords(1));
    timeline.start(workers);
    const parallel = await bootstrap(flights, settings, {
      workers,
      signal,
      onProgress: progressOf('In parallel', 1, 2),
      onBatch: (batch) => timeline.add(batch),
    });
    timeline.end();
    const share = parallel.durationMs / sequential.durationMs;
    setFigure(
      'parallel',
      formatDuration(parallel.durationMs),
      `${inWords(workers)}: ${formatPercent(share)} of the time`,
    );
    const differences = countDifferences(sequential, parallel);
    setDifferences(differences);
    shown = { choice, answer: parallel };
    setSource('computed');
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
  shown = { choice, answer: null };
  // What runs is for another choice.
  running?.controller.abort();
  await running?.ended;
  if (shown.choice !== choice) return;
  resetFigures();
  timeline.start(choice.workers);
  draw();
  const cached = bootstrapCached({ workers: choice.workers, signal: new AbortController().signal });
  // A cache that cannot be asked does not have it; computing will tell why.
  const isCached = await cached.checkCallInCache(flights, keyOf(choice)).catch(() => false);
  if (isCached) {
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
  element('compare').addEventListener('click', () => {
    const choice = form.read();
    if (choice) void compare(choice);
    else form.report();
  });
  element('cancel').addEventListener('click', () => running?.controller.abort());
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') running?.controller.abort();
  });
  let width = innerWidth;
  new ResizeObserver(() => {
    if (width === innerWidth) return;
    width = innerWidth;
    draw();
    timeline.redraw();
  }).observe(document.body);
}

async function start(): Promise<void> {
  showEnvironment(element('environment'), environment());
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
