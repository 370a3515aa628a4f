/** What each worker did, as a plot: a row a worker, a block a batch, drawn while they come back. */

import * as Plot from '@observablehq/plot';
import type { BatchInfo } from 'joblite';
import { formatDuration, formatPercent, formatPlural } from './format.js';

const rowHeight = 26;
const margins = 44;
/** Rows the place is kept for, so that nothing moves when the first job begins. */
const keptRows = 2;
/** Drawing takes some milliseconds of a core that the workers could use: five times a second is live enough. */
const redrawMs = 200;

export class Timeline {
  readonly #plot: HTMLElement;
  readonly #caption: HTMLElement;
  #batches: BatchInfo[] = [];
  #workers = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(plot: HTMLElement, caption: HTMLElement) {
    this.#plot = plot;
    this.#caption = caption;
  }

  /** Empties it for a job with so many workers. */
  start(
    workers: number,
    caption = 'Every block is a batch of tasks, drawn as it comes back.',
  ): void {
    this.#batches = [];
    this.#workers = workers;
    this.#caption.textContent = caption;
    this.redraw();
  }

  /** Shows it soon, with those that come meanwhile. */
  add(batch: BatchInfo): void {
    this.#batches.push(batch);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.redraw();
    }, redrawMs);
  }

  /** Says in words what the blocks show. */
  end(): void {
    if (this.#batches.length === 0) return;
    const tasks = this.#batches.reduce((sum, { count }) => sum + count, 0);
    const batches = formatPlural(this.#batches.length, 'batch', 'batches');
    const busy = formatPercent(busyShare(this.#batches, this.#workers));
    this.#caption.textContent = `${formatPlural(tasks, 'task')} in ${batches}; the workers were busy ${busy} of the time.`;
    this.redraw();
  }

  /** Draws anew, as after a change of the page's width. */
  redraw(): void {
    draw(this.#plot, this.#batches, this.#workers);
  }
}

/** `workers` rows are drawn, also those that have no batch yet. */
function draw(element: HTMLElement, batches: BatchInfo[], workers: number): void {
  const rows = Array.from({ length: workers }, (_, worker) => worker);
  const end = batches.reduce((latest, { endMs }) => Math.max(latest, endMs), 0);
  const figure = Plot.plot({
    width: element.clientWidth,
    height: margins + rowHeight * Math.max(workers, keptRows),
    marginLeft: 72,
    marginRight: 12,
    marginTop: 8,
    marginBottom: 36,
    style: { background: 'none', fontFamily: 'inherit', fontSize: '13px', overflow: 'visible' },
    ariaLabel: 'Batches of tasks over time, a row for each worker',
    x: {
      domain: [0, (end || 1000) / 1000],
      label: 'seconds since the start',
      labelAnchor: 'center',
      labelArrow: 'none',
      tickSize: 0,
      grid: true,
      ticks: 6,
    },
    y: {
      domain: rows,
      type: 'band',
      label: null,
      tickFormat: (worker: number) => `worker ${worker + 1}`,
      tickSize: 0,
      padding: 0.25,
    },
    marks: [
      Plot.barX(batches, {
        y: 'worker',
        x1: (batch: BatchInfo) => batch.startMs / 1000,
        x2: (batch: BatchInfo) => batch.endMs / 1000,
        fill: (batch: BatchInfo) => (batch.worker % 2 === 0 ? 'var(--accent)' : 'var(--second)'),
        inset: 0.5,
        rx: 2,
      }),
      Plot.tip(
        batches,
        Plot.pointer({
          x: (batch: BatchInfo) => (batch.startMs + batch.endMs) / 2000,
          y: 'worker',
          title: (batch: BatchInfo) =>
            `${formatPlural(batch.count, 'task')}, ${formatDuration(batch.endMs - batch.startMs)}`,
          fill: 'var(--surface)',
          stroke: 'var(--line)',
          fontSize: 13,
        }),
      ),
    ],
  });
  figure.setAttribute('role', 'img');
  element.replaceChildren(figure);
}

/** The share of the time from the first start to the last end in which the workers were busy, 0 to 1. */
function busyShare(batches: BatchInfo[], workers: number): number {
  const first = Math.min(...batches.map(({ startMs }) => startMs));
  const last = Math.max(...batches.map(({ endMs }) => endMs));
  const busy = batches.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  return busy / (workers * Math.max(1, last - first));
}
