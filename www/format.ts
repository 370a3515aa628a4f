/** How the page writes numbers: one place, so that a duration looks the same everywhere. */

const minus = '\u2212';
/** A number and its unit stay on one line. */
const space = '\u00a0';

/** `0.42 s`, `31 ms`: as many digits as a reader can use. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)}${space}ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)}${space}ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)}${space}s`;
}

/** Bytes with decimal prefixes, as browsers' developer tools write them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes}${space}B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)}${space}kB`;
  return `${(bytes / 1_000_000).toFixed(1)}${space}MB`;
}

/** With thousands separators: `200,000`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A value of the statistic with two digits after the point and a true minus sign. */
export function formatValue(value: number): string {
  return value.toFixed(2).replace('-', minus);
}

export function formatPercent(share: number): string {
  return `${Math.round(share * 100)}${space}%`;
}

/** `1 worker`, `2 workers`. */
export function formatPlural(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}
