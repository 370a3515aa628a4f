// Python's datetimes beside JavaScript's Date: their ten bytes, for the hash. The engine makes the same
// of a tape (src/tape/read/datetime.rs).

import { type PyDateTime, PyObject } from './types.js';
import { Unsupported } from './unsupported.js';

/** What a time zone of fixed offset is ahead of UTC, in microseconds; 0 for any other, and for none. */
export function utcOffset(tzinfo: unknown): number {
  if (!(tzinfo instanceof PyObject) || tzinfo.module !== 'datetime') return 0;
  const delta = tzinfo.args[0];
  if (tzinfo.name !== 'timezone' || !(delta instanceof PyObject)) return 0;
  const [days, seconds, microseconds] = delta.args as unknown as [number, number, number];
  return (days * 86400 + seconds) * 1e6 + microseconds || 0;
}

/** `datetime.datetime` of ten bytes and the time zone. */
export function dateTimeCall(value: PyDateTime): PyObject {
  const { microsecond, tzinfo, fold } = value;
  const local = microsecond + utcOffset(tzinfo);
  const ms = Math.floor(local / 1000);
  const wall = new Date(value.getTime() + ms);
  const year = wall.getUTCFullYear();
  if (!(year > 0 && year < 10000)) throw new Unsupported(value, 'Python has no such datetime');
  const us = wall.getUTCMilliseconds() * 1000 + local - ms * 1000;
  const fields = Uint8Array.of(
    year >> 8,
    year,
    (wall.getUTCMonth() + 1) | (fold << 7),
    wall.getUTCDate(),
    wall.getUTCHours(),
    wall.getUTCMinutes(),
    wall.getUTCSeconds(),
    us >> 16,
    us >> 8,
    us,
  );
  const args = tzinfo === null ? [fields.buffer] : [fields.buffer, tzinfo];
  return new PyObject({ module: 'datetime', name: 'datetime', args });
}
