/** What joblite's `environment()` says: what is there in our words, what is missing in joblite's. */

import type { Environment } from 'joblite';

interface Line {
  name: keyof Environment['reasons'];
  term: string;
  /** What it is good for, where it is there. */
  use: string;
}

const lines: Line[] = [
  { name: 'workers', term: 'Workers', use: 'Tasks run beside the page.' },
  {
    name: 'indexedDB',
    term: 'A lasting cache',
    use: 'Answers are kept in IndexedDB and survive a reload.',
  },
  {
    name: 'webLocks',
    term: 'Web Locks',
    use: 'The death of a worker or a tab is noticed at once.',
  },
  {
    name: 'crossOriginIsolated',
    term: 'Isolation',
    use: 'The server sends COOP and COEP, so memory can be shared between threads.',
  },
  {
    name: 'threads',
    term: 'WebAssembly threads',
    use: 'Rust can use every core within one call.',
  },
  { name: 'simd', term: 'WebAssembly SIMD', use: 'joblite’s hashing uses vector instructions.' },
  { name: 'jspi', term: 'JSPI', use: 'Python in a page can wait for workers.' },
];

/** Fills the list. */
export function showEnvironment(list: HTMLElement, environment: Environment): void {
  list.replaceChildren(
    ...lines.map(({ name, term, use }) => {
      const available = environment[name];
      const entry = document.createElement('div');
      entry.dataset.available = String(available);
      const title = document.createElement('dt');
      title.textContent = `${term}: ${available ? 'yes' : 'no'}`;
      const text = document.createElement('dd');
      text.textContent = available ? use : (environment.reasons[name] ?? 'It is missing here.');
      entry.append(title, text);
      return entry;
    }),
  );
}
