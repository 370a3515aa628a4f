/**
 * The data: 200,000 flights in the United States, from the Bureau of Transportation Statistics,
 * as the npm package vega-datasets ships them (Apache Arrow, 1.6 MB), and the ways to group them.
 */

import { tableFromIPC } from '@uwdata/flechette';
// vega-datasets exports its index only, not its data files, hence the path.
import flightsUrl from '../node_modules/vega-datasets/data/flights-200k.arrow?url';

/** One number a flight in each column. */
export interface Flights {
  /** Minutes late on arrival; negative is early. */
  delay: Int16Array;
  /** Miles. */
  distance: Int16Array;
  /** Local hour at which the flight really left, 0 to 24, minutes as a fraction. */
  time: Float32Array;
}

export interface Group {
  /** Short, for an axis. */
  label: string;
  /** In full, for a table. */
  title: string;
  delays: Int16Array;
}

interface Band {
  label: string;
  title: string;
  /** From, included, and up to, not included. */
  from: number;
  to: number;
}

export const groupings = {
  hour: {
    label: 'Hour of departure',
    axis: 'Hour at which the flight left',
    column: 'time',
    bands: hours(),
  },
  distance: {
    label: 'Distance',
    axis: 'Distance in miles',
    column: 'distance',
    bands: distances(),
  },
  part: {
    label: 'Part of the day',
    axis: 'Part of the day in which the flight left',
    column: 'time',
    bands: parts(),
  },
} satisfies Record<string, { label: string; axis: string; column: keyof Flights; bands: Band[] }>;

export type GroupingName = keyof typeof groupings;

/** Fetches and decodes the table. Rejects with a sentence for the page. */
export async function loadFlights(signal?: AbortSignal): Promise<Flights> {
  const response = await fetch(flightsUrl, { signal: signal ?? null });
  if (!response.ok)
    throw new Error(`The flights could not be loaded (${response.status}). Reload the page.`);
  const table = tableFromIPC(await response.arrayBuffer());
  const column = (name: string) => table.getChild(name)?.toArray();
  return {
    delay: Int16Array.from(column('delay')),
    distance: Int16Array.from(column('distance')),
    time: Float32Array.from(column('time')),
  };
}

/** The flights' delays, a group each, in the order of the axis; groups without flights are left out. */
export function groupFlights(flights: Flights, name: GroupingName): Group[] {
  const { column, bands } = groupings[name];
  const values = flights[column];
  return bands
    .map(({ label, title, from, to }) => {
      const inBand = (_: number, index: number) => {
        const value = values[index] as number;
        // A band such as 22 to 5 goes over midnight.
        return from < to ? value >= from && value < to : value >= from || value < to;
      };
      return { label, title, delays: flights.delay.filter(inBand) };
    })
    .filter(({ delays }) => delays.length > 0);
}

/** The day starts at five, when it starts at airports; few flights leave between midnight and then. */
function hours(): Band[] {
  const bands: Band[] = [];
  for (let from = 5; from < 24; from += 1) {
    const hour = String(from).padStart(2, '0');
    bands.push({ label: hour, title: `${hour}:00 to ${hour}:59`, from, to: from + 1 });
  }
  return [...bands, { label: '00–04', title: '00:00 to 04:59', from: 0, to: 5 }];
}

function distances(): Band[] {
  const limits = [0, 250, 500, 750, 1000, 1250, 1500, 2000, 2500];
  return limits.map((from, index) => {
    const to = limits[index + 1];
    if (to === undefined) return { label: `${from}+`, title: `${from}+ miles`, from, to: Infinity };
    if (from === 0) return { label: `<${to}`, title: `under ${to} miles`, from, to };
    return { label: `${from}–`, title: `${from}–${to - 1} miles`, from, to };
  });
}

function parts(): Band[] {
  return [
    { label: 'early', title: 'Early morning, 5 to 9', from: 5, to: 9 },
    { label: 'morning', title: 'Morning, 9 to 12', from: 9, to: 12 },
    { label: 'afternoon', title: 'Afternoon, 12 to 17', from: 12, to: 17 },
    { label: 'evening', title: 'Evening, 17 to 22', from: 17, to: 22 },
    { label: 'night', title: 'Night, 22 to 5', from: 22, to: 5 },
  ];
}
