/** What joblite's `environment()` says, in words for a person who does not know the terms. */

import type { Environment } from 'joblite';

interface Line {
  name: keyof Environment;
  term: string;
  yes: string;
  no: string;
}

const lines: Line[] = [
  {
    name: 'workers',
    term: 'Workers',
    yes: 'Tasks run beside the page.',
    no: 'Tasks run in the page itself, one by one; the answers are the same.',
  },
  {
    name: 'indexedDB',
    term: 'A lasting cache',
    yes: 'Answers are kept in IndexedDB and survive a reload.',
    no: 'Answers are kept until the page is closed.',
  },
  {
    name: 'webLocks',
    term: 'Web Locks',
    yes: 'The death of a worker or a tab is noticed at once.',
    no: 'A dead worker is only noticed by a timeout.',
  },
  {
    name: 'crossOriginIsolated',
    term: 'Cross-origin isolation',
    yes: 'The server sends COOP and COEP, so memory can be shared between threads.',
    no: 'The server does not send COOP and COEP, so arrays are copied to workers, not shared.',
  },
  {
    name: 'threads',
    term: 'WebAssembly threads',
    yes: 'Rust can use every core within one call.',
    no: 'Rust runs on one core within a call.',
  },
  {
    name: 'simd',
    term: 'WebAssembly SIMD',
    yes: 'Hashing uses vector instructions.',
    no: 'Hashing runs without vector instructions.',
  },
  {
    name: 'jspi',
    term: 'Stack switching (JSPI)',
    yes: 'Python in a page can wait for workers.',
    no: 'Python in a page runs sequentially, unless it runs in a worker of an isolated page.',
  },
];

/** Fills the list; the reasons of what is missing are joblite's own. */
export function showEnvironment(list: HTMLElement, environment: Environment): void {
  list.replaceChildren(
    ...lines.map(({ name, term, yes, no }) => {
      const available = environment[name] === true;
      const entry = document.createElement('div');
      entry.dataset.available = String(available);
      const title = document.createElement('dt');
      title.textContent = `${term}: ${available ? 'yes' : 'no'}`;
      const text = document.createElement('dd');
      text.textContent = available ? yes : no;
      entry.append(title, text);
      return entry;
    }),
  );
}
