/** What the cache holds: one line an answer, what they take together, and a button that clears it. */

import type { Memory } from 'joblite';
import { formatBytes, formatPlural } from './format.js';

interface Places {
  summary: HTMLElement;
  items: HTMLElement;
  clear: HTMLButtonElement;
}

export class CachePanel {
  readonly #memory: Memory;
  readonly #places: Places;

  constructor(memory: Memory, places: Places) {
    this.#memory = memory;
    this.#places = places;
    places.clear.addEventListener('click', () => void this.#clear());
  }

  /** Asks the store anew. */
  async refresh(): Promise<void> {
    const items = await this.#memory.items();
    const bytes = items.reduce((sum, { size }) => sum + size, 0);
    this.#places.summary.textContent =
      items.length === 0
        ? 'Nothing yet. Every answer is stored when it has been computed.'
        : `${formatPlural(items.length, 'answer')}, ${formatBytes(bytes)}, in this browser’s IndexedDB.`;
    this.#places.items.replaceChildren(
      ...items
        .toSorted((one, other) => other.lastAccess - one.lastAccess)
        .map(({ argsId, size, lastAccess }) => {
          const entry = document.createElement('li');
          const name = document.createElement('span');
          name.textContent = `${argsId.slice(0, 8)} … used ${new Date(lastAccess).toLocaleTimeString()}`;
          const volume = document.createElement('span');
          volume.textContent = formatBytes(size);
          entry.append(name, volume);
          return entry;
        }),
    );
    this.#places.clear.disabled = items.length === 0;
  }

  async #clear(): Promise<void> {
    await this.#memory.clear();
    await this.refresh();
  }
}
