// The helper worker of a page, from the page's side: the engine's work for files is done there, so that
// the page stays alive. Started at first need, ended when nothing has been asked of it for some seconds.

import { codecsModule } from '../codecs-glue.js';
import { TaskError } from '../errors.js';
import { pace } from '../parallel/pace.js';
import { fromWire } from '../parallel/unwire.js';
import { WorkerHandle } from '../parallel/worker-handle.js';
import { engineModule } from '../wasm.js';
import { type Encoder, encoder, isRegistered } from './compressors.js';
import type { HelperAnswer, HelperCall, Method } from './file-worker-protocol.js';
import { unpacker } from './here.js';
import type { Fed, Opcodes, Reader, ReadTape, Unpacked, Unpacker, Work } from './work.js';

const IDLE_LIMIT_MS = 5_000;

let helper: Helper | undefined;
/** No worker can be started on this page: it is not tried again. */
let forbidden = false;

/** Whether a helper may be had. */
export function helperPossible(): boolean {
  return !forbidden && typeof Worker !== 'undefined';
}

/** The helper, started if it is not; undefined where none can be, as under a Content-Security-Policy. */
export async function startHelper(): Promise<Work | undefined> {
  if (!helperPossible()) return undefined;
  helper ??= new Helper();
  const { started } = helper;
  try {
    return await started;
  } catch {
    forbidden = true;
    return undefined;
  }
}

interface Asked {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

class Helper implements Work {
  readonly here = false;
  readonly started: Promise<Work>;
  #handle: WorkerHandle;
  #asked = new Map<number, Asked>();
  #lastId = 0;
  #lastObject = 0;
  /** Objects that have not been freed. */
  #open = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#handle = new WorkerHandle({
      start: () =>
        new Worker(new URL('./workers/files.worker.js', import.meta.url), { type: 'module' }),
      what: "joblite's helper worker",
      remedy: 'Its file workers/files.worker.js is served beside index.js.',
      onMessage: (data) => this.#answer(data as HelperAnswer),
      onGone: ({ text, cause, reason }) =>
        this.#end(
          new TaskError(
            'WORKER_LOST',
            `the worker that read or wrote the file was lost: ${text}`,
            { reason },
            { cause },
          ),
        ),
    });
    this.started = this.#start();
    this.started.catch((error: unknown) => this.#end(error));
  }

  async #start(): Promise<Work> {
    const [engine] = await Promise.all([engineModule(), this.#handle.ready]);
    await this.#call(0, 'start', [engine]);
    return this;
  }

  async opcodes(
    ops: Uint8Array<ArrayBuffer>,
    text: string[],
    sizes: Float64Array,
    high: Float64Array,
    protocol: number,
  ): Promise<Opcodes> {
    const object = this.#take();
    try {
      // One block a message: to make a message takes the time of a copy.
      for (const block of text) {
        await pace();
        await this.#call(object, 'append', [block]);
      }
      return await this.#call<Opcodes>(object, 'opcodes', [ops, sizes, high, protocol]);
    } finally {
      this.#free(object);
    }
  }

  async reader(strict: boolean): Promise<Reader> {
    const object = this.#take();
    await this.#opened(object, 'reader', [strict]);
    return {
      feed: (offset, window) => this.#call<Fed>(object, 'feed', [offset, window.slice()]),
      finish: async () => {
        const { blocks, ...tape } = await this.#call<Omit<ReadTape, 'text'> & { blocks: number }>(
          object,
          'finish',
          [],
        );
        const text: string[] = [];
        for (let i = 0; i < blocks; i++) text.push(await this.#call(object, 'text', [i]));
        return { ...tape, text };
      },
      free: () => this.#free(object),
    };
  }

  async encoder(name: string, level: number): Promise<Encoder> {
    // What is registered on this page is not in the worker; it is streams, which keep no page waiting.
    if (isRegistered(name)) return encoder(name, level);
    await this.#codecs();
    const object = this.#take();
    await this.#opened(object, 'encoder', [name, level]);
    return {
      write: (chunk: Uint8Array) => this.#call<Uint8Array>(object, 'write', [chunk.slice()]),
      finish: () => this.#call<Uint8Array>(object, 'finish', []),
      free: () => this.#free(object),
    };
  }

  async unpacker(name: string): Promise<Unpacker> {
    if (isRegistered(name)) return unpacker(name);
    await this.#codecs();
    const object = this.#take();
    await this.#opened(object, 'unpacker', [name]);
    return {
      here: false,
      step: (input, max, last) => this.#call<Unpacked>(object, 'step', [input, max, last]),
      free: () => this.#free(object),
    };
  }

  #codecsSent: Promise<void> | undefined;

  #codecs(): Promise<void> {
    this.#codecsSent ??= (async () => {
      await this.#call(0, 'codecs', [await codecsModule()]);
    })();
    this.#codecsSent.catch(() => {
      this.#codecsSent = undefined;
    });
    return this.#codecsSent;
  }

  #take(): number {
    this.#open++;
    clearTimeout(this.#idle);
    return ++this.#lastObject;
  }

  async #opened(object: number, method: Method, args: unknown[]): Promise<void> {
    try {
      await this.#call(object, method, args);
    } catch (error) {
      this.#free(object);
      throw error;
    }
  }

  #free(object: number): void {
    this.#call(object, 'free', []).catch(() => {
      // It is gone with the worker.
    });
    if (--this.#open === 0) {
      this.#idle = setTimeout(() => this.#end(undefined), IDLE_LIMIT_MS);
    }
  }

  /** Calls a method in the worker. The buffers of byte arrays are handed over. */
  #call<T>(object: number, method: Method, args: unknown[]): Promise<T> {
    return new Promise((resolve, reject) => {
      if (helper !== this) {
        reject(this.#lost);
        return;
      }
      const id = ++this.#lastId;
      this.#asked.set(id, { resolve: resolve as (value: unknown) => void, reject });
      const call: HelperCall = { joblite: 'files', id, object, method, args };
      const buffers = args.flatMap((arg) => (arg instanceof Uint8Array ? [arg.buffer] : []));
      this.#handle.post(call, buffers as ArrayBuffer[]);
    });
  }

  #answer({ joblite, id, value, error }: HelperAnswer): void {
    if (joblite !== 'files') return;
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error !== undefined) asked?.reject(fromWire(error));
    else asked?.resolve(value);
  }

  #lost: unknown;

  #end(reason: unknown): void {
    if (helper === this) helper = undefined;
    this.#lost ??= reason;
    this.#handle.terminate();
    for (const { reject } of this.#asked.values()) reject(reason);
    this.#asked.clear();
  }
}
