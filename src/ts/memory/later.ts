/** A timer that does not keep Node alive. */
export function later(run: () => void, delayMs: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(run, delayMs);
  if (typeof timer === 'object') timer.unref();
  return timer;
}
