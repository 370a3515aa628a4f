// metadata.json: what is known of a result without reading it. joblib's file and names.

import type { Store } from './store.js';

/** What is known of a result. */
export interface ItemMetadata {
  /** How long it took to compute, in seconds. */
  readonly duration: number;
  /** When its computation began. */
  readonly time: Date;
  /** The arguments by parameter name, or position, as short texts. */
  readonly inputArgs: Readonly<Record<string, string>>;
}

/** The file's content. */
export function writeMetadata({ duration, time, inputArgs }: ItemMetadata): Uint8Array {
  const json = { duration, input_args: inputArgs, time: time.getTime() / 1000 };
  return new TextEncoder().encode(JSON.stringify(json));
}

/** Reads the file of the result at `path`; undefined where it is missing or damaged: it is about the result, not the result. */
export async function readMetadata(store: Store, path: string): Promise<ItemMetadata | undefined> {
  try {
    const parts = await store.read(`${path}/metadata.json`);
    if (!parts) return undefined;
    const { duration, input_args, time } = JSON.parse(await new Blob(parts as BlobPart[]).text());
    const metadata = { duration, inputArgs: input_args, time: new Date(time * 1000) };
    const sound = typeof duration === 'number' && typeof time === 'number' && input_args;
    return sound ? metadata : undefined;
  } catch {
    return undefined;
  }
}
