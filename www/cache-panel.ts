/** What the cache holds: one line an answer, what they take together, and a button that clears it. */

import type { CacheItem, Memory } from 'joblite';
import { formatBytes, formatDuration, formatPlural } from './format.js';

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

  /** Asks the store anew; where there is none to ask, it says so. */
  async refresh(): Promise<void> {
    try {
      this.#show(await this.#memory.items({ metadata: true }));
    } catch (error) {
      this.#places.summary.textContent = `The cache cannot be read: ${(error as Error).message}`;
    }
  }

  #show(items: CacheItem[]): void {
    const bytes = items.reduce((sum, { size }) => sum + size, 0);
    this.#places.summary.textContent =
      items.length === 0
        ? 'Nothing yet. Every answer is stored when it has been computed.'
        : `${formatPlural(items.length, 'answer')}, ${formatBytes(bytes)} together.`;
    this.#places.items.replaceChildren(
      ...items
        .toSorted((one, other) => other.lastAccess.getTime() - one.lastAccess.getTime())
        .map(toEntry),
    );
    this.#places.clear.disabled = items.length === 0;
  }

  async #clear(): Promise<void> {
    await this.#memory.clear();
    await this.refresh();
  }
}

/** One line: for which settings, then how much it takes and what it saves. */
function toEntry({ argsId, metadata, size }: CacheItem): HTMLLIElement {
  const entry = document.createElement('li');
  const name = document.createElement('span');
  // The arguments are the flights, which are always the same, and the settings.
  const settings = metadata && Object.values(metadata.inputArgs)[1];
  name.textContent = settings?.replace(/[{}"]/g, '') ?? argsId;
  const facts = document.createElement('span');
  const saves = metadata ? `, saves ${formatDuration(1000 * metadata.duration)}` : '';
  facts.textContent = `${formatBytes(size)}${saves}`;
  entry.append(name, facts);
  return entry;
}
