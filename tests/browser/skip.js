// How a browser test says that it cannot run here, and why; the run's closing lines list it.

/**
 * Skips the running test, or in `before` the suite, e.g. `skip(this, 'WebKitGTK has no SharedArrayBuffer')`.
 *
 * @param {Mocha.Context} context the test's or hook's `this`
 * @param {string} why
 */
export function skip(context, why) {
  const runnable = context.runnable();
  const eachTest = runnable.title.startsWith('"before each"');
  const skipped =
    runnable.type !== 'hook' ? runnable : eachTest ? context.currentTest : runnable.parent;
  skipped.skipReason = why;
  context.skip();
}
