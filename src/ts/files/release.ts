// Giving the memory of a buffer back when it is of no more use, not when it is collected.

const CLOSING_MS = 10;

/** A port of which the other end is closed: what is posted to it is freed. */
let nowhere: MessagePort | undefined;

/** Makes what `release` needs where buffers have no `transfer` (Node 20, browsers before 2024). */
export async function prepareRelease(): Promise<void> {
  if (nowhere !== undefined || 'transfer' in ArrayBuffer.prototype) return;
  const { port1, port2 } = new MessageChannel();
  port2.close();
  // Some turns of the event loop later; not every platform that comes here has an event for it.
  await new Promise((resolve) => setTimeout(resolve, CLOSING_MS));
  nowhere = port1;
}

/** Frees the buffer of these bytes, if it has no others. */
export function release({ buffer, byteLength }: Uint8Array): void {
  if (byteLength !== buffer.byteLength || byteLength === 0) return;
  if ('transfer' in buffer) (buffer.transfer as (length: number) => void)(0);
  else nowhere?.postMessage(0, [buffer as ArrayBuffer]);
}
