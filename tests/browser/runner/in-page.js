// Runs one test file with mocha in this page and gives the outcome of each of its tests as plain data.

const TEST_LIMIT_MS = 30_000;

/**
 * @param {string} file absolute path of the test module
 * @returns {Promise<{ title: string, state: 'passed' | 'failed' | 'skipped', why?: string }[]>}
 */
export async function run(file) {
  mocha.setup({ ui: 'bdd', timeout: TEST_LIMIT_MS, reporter: class {} });
  await import(file);
  const outcomes = [];
  // Mocha fails a test for an uncaught error, but not for a rejection that nobody handles.
  addEventListener('unhandledrejection', ({ reason }) => {
    outcomes.push({
      title: 'no unhandled rejection',
      state: 'failed',
      why: describeError(reason ?? {}),
    });
  });
  await new Promise((resolve) => {
    mocha
      .run(resolve)
      .on('pass', (test) => outcomes.push({ title: test.fullTitle(), state: 'passed' }))
      .on('fail', (test, error) =>
        outcomes.push({ title: test.fullTitle(), state: 'failed', why: describeError(error) }),
      )
      .on('pending', (test) => outcomes.push({ title: test.fullTitle(), ...skipped(test) }));
  });
  return outcomes;
}

function skipped(test) {
  for (let at = test; at; at = at.parent) {
    if (at.skipReason) return { state: 'skipped', why: at.skipReason };
  }
  return { state: 'failed', why: "skipped without a reason: use skip(this, 'why') from ./skip.js" };
}

function describeError(error) {
  const lines = [`${error.name}: ${error.message}`];
  if (error.code) lines.push(`code ${error.code} ${JSON.stringify(error.details ?? {})}`);
  if (error.actual !== undefined || error.expected !== undefined) {
    lines.push(`actual ${preview(error.actual)}`, `expected ${preview(error.expected)}`);
  }
  // Chromium's stack repeats the message.
  lines.push(String(error.stack ?? '').replace(`${error.name}: ${error.message}\n`, ''));
  if (error.cause instanceof Error) lines.push(`cause: ${describeError(error.cause)}`);
  return lines.join('\n');
}

function preview(value) {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 500);
  } catch {
    return String(value);
  }
}
