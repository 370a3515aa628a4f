// The words that choose tests within a suite: from the environment one text, from a command line many.

/** `'chromium, memory'` and `['chromium', 'memory']` are both `['chromium', 'memory']`. */
export function wordsOf(only = []) {
  return [only].flat().flatMap((text) => text.split(/[\s,]+/).filter(Boolean));
}
