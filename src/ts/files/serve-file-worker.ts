// The helper worker's side of file-worker.ts: does what it is asked, one call after another.

import { setCodecsModule } from '../codecs-glue.js';
import { toWire } from '../parallel/wire.js';
import { loadEngine, setWasmModule } from '../wasm.js';
import type { Encoder } from './compressors.js';
import type { HelperAnswer, HelperCall } from './file-worker-protocol.js';
import { workHere } from './here.js';
import type { Reader, Unpacker, Work } from './work.js';

/** What is used of a worker's global scope. */
export interface HelperPort {
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/** A reader, an encoder or an unpacker. */
interface Held {
  feed?: Reader['feed'];
  write?: Encoder['write'];
  step?: Unpacker['step'];
  finish?(): ReturnType<Reader['finish'] | Encoder['finish']>;
  free(): void;
}

let work: Promise<Work> | undefined;
const held = new Map<number, Held>();
/** Text of tapes: what comes before `opcodes`, and what `finish` leaves. */
const texts = new Map<number, string[]>();
let last: Promise<void> = Promise.resolve();

/** Answers a call, after those before it. */
export function serveHelper(port: HelperPort, call: HelperCall): void {
  if (call?.joblite !== 'files') return;
  last = last.then(async () => {
    const { joblite, id } = call;
    try {
      const value = await run(call);
      const answer: HelperAnswer = { joblite, id, value };
      port.postMessage(answer, buffersOf(value));
    } catch (error) {
      const answer: HelperAnswer = { joblite, id, error: toWire(error) };
      port.postMessage(answer, []);
    }
  });
}

async function run({ object, method, args }: HelperCall): Promise<unknown> {
  // Each method's arguments are those of file-worker.ts, which is of the same build.
  const [a, b, c, d] = args as [never, never, never, never];
  const found = held.get(object);
  const does = await (work ?? start(a));
  switch (method) {
    case 'start':
      return undefined;
    case 'append':
      if (!texts.has(object)) texts.set(object, []);
      texts.get(object)?.push(a);
      return undefined;
    case 'opcodes':
      return does.opcodes(a, texts.get(object) ?? [], b, c, d);
    case 'reader':
      held.set(object, await does.reader(a));
      return undefined;
    case 'encoder':
      held.set(object, await does.encoder(a, b));
      return undefined;
    case 'codecs':
      setCodecsModule(a);
      return undefined;
    case 'unpacker':
      held.set(object, await does.unpacker(a));
      return undefined;
    case 'feed':
      return found?.feed?.(a, b);
    case 'write':
      return found?.write?.(a);
    case 'step':
      return found?.step?.(a, b, c);
    case 'finish': {
      const value = await found?.finish?.();
      if (value === undefined || value instanceof Uint8Array) return value;
      const { text, ...tape } = value;
      texts.set(object, text);
      return { ...tape, blocks: text.length };
    }
    case 'text':
      return texts.get(object)?.[a];
    case 'free':
      found?.free();
      held.delete(object);
      texts.delete(object);
      return undefined;
  }
}

function start(engine: WebAssembly.Module): Promise<Work> {
  setWasmModule(engine);
  work = loadEngine().then(workHere);
  return work;
}

/** The buffers of an answer, which go to the page without a copy. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (value instanceof ArrayBuffer) return [value];
  if (ArrayBuffer.isView(value)) return [value.buffer as ArrayBuffer];
  if (value instanceof Map) return [...value.values()].flatMap(buffersOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(buffersOf);
}
