/** The parts of the page that say how a job goes: state, progress, status, and the four figures. */

import { formatCount, formatPlural } from './format.js';

/** An element of index.html by its id. */
export function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** Sets one of the large figures. */
export function setFigure(
  name: 'answer' | 'sequential' | 'parallel' | 'saved',
  value: string,
  note: string,
): void {
  element(`figure-${name}`).textContent = value;
  element(`figure-${name}-note`).textContent = note;
}

/** No figure is known: the choice is another one. */
export function resetFigures(): void {
  setFigure('answer', '–', 'not computed yet');
  setFigure('sequential', '–', 'not timed yet');
  setFigure('parallel', '–', 'not timed yet');
  setFigure('saved', '–', 'compute, then reload the page');
  element('source').hidden = true;
}

/** `say` is also read aloud; progress in between is only shown. */
export function setStatus(text: string, { say = false } = {}): void {
  element('status').textContent = text;
  if (say) element('announcement').textContent = text;
}

/** Which buttons work depends on it. */
export function setState(state: 'idle' | 'running' | 'done' | 'failed'): void {
  element('page').dataset.state = state;
  const busy = state === 'running';
  // Not `disabled`: that would take the focus away from who has just pressed the button.
  element('run').ariaDisabled = String(busy);
  element('compare').ariaDisabled = String(busy);
  element<HTMLButtonElement>('cancel').disabled = !busy;
}

/** Whether the answer that is shown was computed or kept. */
export function setSource(source: 'computed' | 'cache'): void {
  element('page').dataset.source = source;
  const badge = element('source');
  badge.hidden = source === 'computed';
  badge.textContent = 'from the cache';
}

/** How many numbers differed between the sequential and the parallel run. */
export function setDifferences(differences: number): void {
  element('page').dataset.differences = String(differences);
}

/** From 0 to 1. */
export function setProgress(share: number): void {
  element<HTMLProgressElement>('progress').value = share;
}

/** Shows progress in words, and says every quarter aloud. `part` of `parts` is for two runs in a row. */
export function progressOf(
  words: string,
  part = 0,
  parts = 1,
): (finished: number, total: number) => void {
  let quarter = 0;
  return (finished, total) => {
    setProgress((part + finished / total) / parts);
    setStatus(`${words}: ${formatCount(finished)} of ${formatPlural(total, 'task')}.`);
    const reached = Math.floor((4 * finished) / total);
    if (reached > quarter && reached < 4)
      element('announcement').textContent = `${words}: ${25 * reached} %.`;
    quarter = reached;
  };
}

/** Where a number of workers computes. */
export function inWords(workers: number): string {
  return workers === 1 ? 'in the page’s own thread' : `by ${formatPlural(workers, 'worker')}`;
}
