// What Memory tells on the console: each thing once, so that a page of a thousand calls says one line.

const said = new Set<string>();

/** Warns once per `key` in the life of the page or process. */
export function warnOnce(key: string, message: string): void {
  if (said.has(key)) return;
  said.add(key);
  warn(message);
}

export function warn(message: string): void {
  console.warn(`joblite: ${message}`);
}
