// Imported by tasks: what a task's module needs comes along.
export const half = (x) => x / 2;
