// A PyDateTime from the ten bytes of Python's datetime; loaded with the engine, as all of building.

import { utcOffset } from './datetime.js';
import { PyDateTime } from './types.js';

/** The datetime of what Python's constructor gets; undefined if that is something else. */
export function buildDateTime([fields, tzinfo = null, ...more]: unknown[]): PyDateTime | undefined {
  if (!(fields instanceof ArrayBuffer) || fields.byteLength !== 10 || more.length > 0)
    return undefined;
  const [high, low, monthAndFold, day, hour, minute, second, us2, us1, us0] = new Uint8Array(
    fields,
  ) as unknown as number[] & { length: 10 };
  const us = ((us2 as number) << 16) | ((us1 as number) << 8) | (us0 as number);
  const month = (monthAndFold as number) & 127;
  const wall = new Date(0);
  // Years below 100 would count from 1900 in `Date.UTC`.
  wall.setUTCFullYear(((high as number) << 8) | (low as number), month - 1, day);
  wall.setUTCHours(hour as number, minute, second, Math.floor(us / 1000));
  const isDate = wall.getUTCMonth() === month - 1 && wall.getUTCDate() === day;
  const isTime = (hour as number) < 24 && (minute as number) < 60 && (second as number) < 60;
  if (!isDate || !isTime || us >= 1e6) return undefined;
  const local = (us % 1000) - utcOffset(tzinfo);
  const ms = Math.floor(local / 1000);
  return new PyDateTime(wall.getTime() + ms, {
    microsecond: local - ms * 1000,
    tzinfo,
    fold: (monthAndFold as number) > 127 ? 1 : 0,
  });
}
