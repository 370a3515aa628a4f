// Giving the event loop a turn: messages arrive, a page paints. A MessageChannel, because nested
// `setTimeout(0)` takes 4 ms; under Node `setImmediate`, since an open channel keeps the process alive.

let waiting: (() => void)[] = [];
let wake: (() => void) | undefined;

/** Resolves after the event loop has had a turn. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    wake ??= makeWake();
    if (waiting.length === 1) wake();
  });
}

function makeWake(): () => void {
  if (typeof setImmediate === 'function') return () => setImmediate(resume);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = resume;
  return () => port2.postMessage(0);
}

function resume(): void {
  const due = waiting;
  waiting = [];
  for (const resolve of due) resolve();
}
