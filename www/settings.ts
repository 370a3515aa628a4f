/**
 * The form: what is chosen, kept in the page's address so that a reload, a bookmark or a link
 * gives the same choice. It knows nothing of the job's running.
 */

import { type GroupingName, groupings } from './flights.js';
import type { Settings } from './job.js';
import { type StatisticName, statistics } from './statistics.js';

export interface Choice extends Settings {
  /** 0.95 for 95 %. */
  level: number;
  workers: number;
}

const defaults = {
  statistic: 'mean',
  grouping: 'hour',
  resamples: 5000,
  level: 0.95,
  seed: 1,
} as const;

export class SettingsForm {
  readonly #form: HTMLFormElement;

  /** Fills the lists, then the fields from the page's address. `workers` is the suggestion for this computer. */
  constructor(form: HTMLFormElement, workers: number) {
    this.#form = form;
    addOptions(this.#select('statistic'), statistics);
    addOptions(this.#select('grouping'), groupings);
    const wanted = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries({ ...defaults, workers })) {
      const field = this.#field(name);
      field.value = wanted.get(name) ?? String(value);
      // A value from the address that the field refuses.
      if (field.value === '' || !field.checkValidity()) field.value = String(value);
    }
  }

  /** The choice, or null where a field holds something impossible (the browser then says what). */
  read(): Choice | null {
    if (!this.#form.checkValidity()) return null;
    return {
      statistic: this.#field('statistic').value as StatisticName,
      grouping: this.#field('grouping').value as GroupingName,
      resamples: Number(this.#field('resamples').value),
      level: Number(this.#field('level').value),
      workers: Number(this.#field('workers').value),
      seed: Number(this.#field('seed').value),
    };
  }

  /** Shows the browser's own message at the first field that is wrong. */
  report(): void {
    this.#form.reportValidity();
  }

  /** Writes the choice into the page's address without a new entry in the history. */
  remember(choice: Choice): void {
    const address = new URLSearchParams(
      Object.entries(choice).map(([name, value]) => [name, String(value)]),
    );
    history.replaceState(null, '', `?${address}`);
  }

  onChange(listener: () => void): void {
    this.#form.addEventListener('input', listener);
  }

  #field(name: string): HTMLInputElement | HTMLSelectElement {
    return this.#form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
  }

  #select(name: string): HTMLSelectElement {
    return this.#field(name) as HTMLSelectElement;
  }
}

function addOptions(select: HTMLSelectElement, choices: Record<string, { label: string }>): void {
  for (const [name, { label }] of Object.entries(choices)) select.add(new Option(label, name));
}
