/** The result as a plot: a line a group, its interval around it. Drawn anew for every width. */

import * as Plot from '@observablehq/plot';
import { formatCount, formatPercent, formatValue } from './format.js';
import type { Interval } from './job.js';

export interface IntervalPlot {
  /** Without `low` and `high` only the line is drawn: the job has not run. */
  points: (Pick<Interval, 'label' | 'title' | 'size' | 'value'> & Partial<Interval>)[];
  /** The statistic over all flights, drawn as a line. */
  overall: number;
  level: number;
  axis: string;
  statistic: string;
  unit: string;
}

const height = 380;

/** Replaces what `element` holds by the plot, as wide as the element is. */
export function drawIntervals(element: HTMLElement, plot: IntervalPlot): void {
  const width = element.clientWidth;
  const { points, overall, unit } = plot;
  const narrow = width < 560;
  // With little room not every label is written.
  const step = narrow ? Math.ceil(points.length / 7) : 1;
  const ticks = points.filter((_, index) => index % step === 0).map(({ label }) => label);
  const lowest = Math.min(...points.map(({ low, value }) => low ?? value));
  const withInterval = points.filter((point) => point.low !== undefined);

  const figure = Plot.plot({
    width,
    height,
    marginLeft: 40,
    marginRight: 8,
    marginTop: 30,
    marginBottom: 44,
    style: { background: 'none', fontFamily: 'inherit', fontSize: '13px', overflow: 'visible' },
    ariaLabel: `${plot.statistic} by ${plot.axis.toLowerCase()}`,
    ariaDescription: 'The same numbers stand in the table below.',
    x: {
      domain: points.map(({ label }) => label),
      label: plot.axis,
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks,
      tickSize: 0,
      padding: 0.35,
    },
    y: {
      grid: true,
      label: unit === '%' ? '% of flights' : 'minutes late',
      labelArrow: 'none',
      tickSize: 0,
      ticks: 6,
      nice: true,
    },
    marks: [
      Plot.ruleY(lowest < 0 ? [0] : [], { stroke: 'var(--rule)' }),
      Plot.ruleY([overall], { stroke: 'var(--muted)', strokeDasharray: '3 4' }),
      Plot.text([overall], {
        y: (value) => value,
        text: () => `all flights ${formatValue(overall)}`,
        frameAnchor: 'left',
        textAnchor: 'start',
        dx: 4,
        dy: -9,
        fill: 'var(--muted)',
        stroke: 'var(--surface)',
        strokeWidth: 4,
      }),
      // Blocks, not whiskers: the interval of a large group is narrower than a dot.
      Plot.barY(withInterval, {
        x: 'label',
        y1: 'low',
        y2: 'high',
        fill: 'var(--accent-faint)',
        rx: 2,
      }),
      Plot.barY(withInterval, {
        x: 'label',
        y1: 'quarterLow',
        y2: 'quarterHigh',
        fill: 'var(--accent-soft)',
        rx: 1,
      }),
      Plot.tickY(points, { x: 'label', y: 'value', stroke: 'var(--accent)', strokeWidth: 1.5 }),
      Plot.tip(
        points,
        Plot.pointerX({
          x: 'label',
          y: 'value',
          title: (point) => describe(point, plot),
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

function describe(point: IntervalPlot['points'][number], { level, unit }: IntervalPlot): string {
  const lines = [
    point.title,
    `${formatValue(point.value)} ${unit}, ${formatCount(point.size)} flights`,
  ];
  if (point.low !== undefined && point.high !== undefined) {
    lines.push(
      `${formatPercent(level)} interval: ${formatValue(point.low)} to ${formatValue(point.high)}`,
    );
  }
  return lines.join('\n');
}
