// A cached function in a page whose runs a server counts, for tests that outlive the page.

/**
 * In the page: makes `slow(x)`, cached under `location`, which asks the server for `/ran/<x>`, takes
 * `ms` and gives `[x, an array]`. With `lockless` as on an origin that is not secure: no Web Locks.
 */
export async function setUp({ location, ms = 0, prefix, options, lockless }) {
  if (lockless) Object.defineProperty(navigator, 'locks', { value: undefined });
  const { init, Memory } = await import('joblite');
  if (prefix) init({ databasePrefix: prefix });
  globalThis.warnings = [];
  const warn = console.warn;
  console.warn = (...words) => {
    warnings.push(words.join(' '));
    warn(...words);
  };
  globalThis.memory = new Memory(location, options);
  globalThis.takes = ms;
  globalThis.slow = memory.cache(
    async (x) => {
      await fetch(`/ran/${x}`);
      await new Promise((resolve) => setTimeout(resolve, globalThis.takes));
      return [x, new Float64Array(5000).fill(x)];
    },
    { name: 'slow' },
  );
}

/** In the page: a call, as far as JSON carries it. */
export async function call(x) {
  const [same, data] = await slow(x);
  return [same, data.length, data.every((value) => value === x)];
}

/** What `call` gives. */
export const right = (x) => [x, 5000, true];

/** How often the pages of `server` ran it for `x`, or at all. */
export const runsOf = (server, x = '') =>
  server.requests.filter((path) => path.startsWith(`/ran/${x}`)).length;
