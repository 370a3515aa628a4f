// Spans of time in the words of Python's timedelta, which joblib takes.

/** A span of time: the sum of what is given, each a number, also a fraction or a negative one. */
export interface Duration {
  readonly weeks?: number | undefined;
  readonly days?: number | undefined;
  readonly hours?: number | undefined;
  readonly minutes?: number | undefined;
  readonly seconds?: number | undefined;
  readonly milliseconds?: number | undefined;
  readonly microseconds?: number | undefined;
}

const IN_MS: Record<string, number> = {
  weeks: 604_800_000,
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
  microseconds: 0.001,
};

/**
 * The span in ms; `who` is named where it is wrong.
 *
 * @throws `TypeError` for another name than those of `Duration`, or another type than number
 */
export function durationMs(who: string, duration: Duration): number {
  let ms = 0;
  for (const [name, value] of Object.entries(Object(duration))) {
    const unit = Object.hasOwn(IN_MS, name) && IN_MS[name];
    if (!unit) throw new TypeError(`${who} got an unexpected argument '${name}'`);
    if (value === undefined) continue;
    if (typeof value !== 'number' || Number.isNaN(value)) {
      throw new TypeError(`${who}: ${name} must be a number, got ${String(value)}`);
    }
    ms += value * unit;
  }
  return ms;
}
