// Rows of a table of speeds: something of ours and something of a peer's are run in turns, so that
// what else the machine does meets both, and their medians are compared.

const WIDTHS = [58, 24, 36, 7, 9];

/** The line above the rows. */
export function head(peer = 'peer') {
  return line(['', 'ours, ms (min..max)', `${peer}, ms (min..max)`, 'ratio', 'at most']);
}

/**
 * Runs both `rounds` times, after `warmUps` that do not count, and gives the row.
 *
 * @param {string} what
 * @param {{ ours: () => Promise<number>, peer: () => Promise<number>, share?: number, atMost?: number,
 *   rounds?: number, warmUps?: number }} options `ours` and `peer` give milliseconds; `share` is the
 *   part of the peer's time that is compared; without `atMost` the row is not judged.
 */
export async function compare(what, { ours, peer, share = 1, atMost, rounds = 9, warmUps = 2 }) {
  const times = { ours: [], peer: [] };
  for (let round = -warmUps; round < rounds; round++) {
    const peerMs = (await peer()) * share;
    const oursMs = await ours();
    if (round < 0) continue;
    times.peer.push(peerMs);
    times.ours.push(oursMs);
  }
  const ratio = median(times.ours) / median(times.peer);
  const verdict = atMost === undefined ? '' : ratio <= atMost ? 'met' : 'MISSED';
  const limit = atMost === undefined ? '-' : digits(atMost);
  return `${line([what, spread(times.ours), spread(times.peer), digits(ratio), limit])}  ${verdict}`;
}

function line(cells) {
  return cells.map((cell, i) => (i ? cell.padStart(WIDTHS[i]) : cell.padEnd(WIDTHS[i]))).join(' ');
}

function spread(times) {
  return `${digits(median(times))} (${digits(Math.min(...times))}..${digits(Math.max(...times))})`;
}

function median(times) {
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}

function digits(x) {
  return x >= 100
    ? x.toFixed(0)
    : x >= 10
      ? x.toFixed(1)
      : x >= 0.1
        ? x.toFixed(2)
        : x.toPrecision(2);
}
