// Who is told that entries are gone: listeners here and, where the store is shared, in other tabs.
// Best effort: a message may come late, and none comes for what the browser itself removes.

import { quietChannel } from './quiet-channel.js';

/** The listeners of this realm to one database. */
export class Removals {
  readonly #name: string;
  readonly #shared: boolean;
  readonly #listeners = new Set<(prefixOrPath: string) => void>();
  #channel: BroadcastChannel | undefined;

  /** `shared` where other realms see the same entries. */
  constructor(name: string, shared: boolean) {
    this.#name = name;
    this.#shared = shared;
  }

  listen(listener: (prefixOrPath: string) => void): () => void {
    this.#open();
    // One of its own: the same function may listen twice.
    const entry = (removed: string) => listener(removed);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /** Tells everyone of paths and prefixes that are gone. */
  tell(removed: readonly string[]): void {
    if (removed.length === 0) return;
    this.#open()?.postMessage(removed);
    this.#tellHere(removed);
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  #open(): BroadcastChannel | undefined {
    if (!this.#shared) return undefined;
    this.#channel ??= quietChannel(`${this.#name}-removed`, (data) => {
      if (Array.isArray(data)) this.#tellHere(data);
    });
    return this.#channel;
  }

  #tellHere(removed: readonly string[]): void {
    for (const listener of this.#listeners) {
      for (const prefixOrPath of removed) {
        try {
          listener(prefixOrPath);
        } catch (error) {
          // The removal has happened, and the others are to hear of it.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    }
  }
}
