// Tasks that end their worker, or keep it until the page ends it.

const never = new Promise(() => {});

export function double(value) {
  return value * 2;
}

/** Ends the worker from inside, in the middle of the task. */
export async function closeItself() {
  globalThis.close();
  await never;
}

/** Waits for what never comes. */
export function wait() {
  sayWhere();
  return never;
}

/** Keeps the worker's thread busy for ever. */
export function spin() {
  sayWhere();
  for (;;);
}

/** Tells the page the name of this worker. */
function sayWhere() {
  new BroadcastChannel('faults').postMessage(globalThis.name);
}
