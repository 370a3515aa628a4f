// The messages between a pool and its workers. Types only, no imports: both sides and every bundle
// read the same file.
// A message is marked by `joblite`, so that what a user's own code posts is told apart and ignored.

/** How a worker finds a function. */
export type FunctionRef =
  /** A name that the worker's `exposeTasks` exposes. */
  | { kind: 'export'; name: string }
  /** A module's export; `url` is absolute. */
  | { kind: 'module'; url: string; name: string }
  /** A function's own text. */
  | { kind: 'source'; text: string; name: string }
  /** A function of the platform, such as `Math.sqrt`. */
  | { kind: 'global'; path: string[] };

/** An error, or whatever else was thrown, on its way between threads; see `wire.ts`. */
export interface WireError {
  /** The class to make again: a built-in one, `DOMException`, a joblite family, or `value` for what is no error. */
  type: string;
  name?: string;
  message?: string;
  /** The stack of the thread in which it was thrown. */
  stack?: string;
  /** joblite's families only. */
  code?: string;
  details?: Record<string, unknown>;
  /** What else the user put on the error, as far as it can be cloned. */
  fields?: Record<string, unknown>;
  cause?: WireError;
  /** The errors of an AggregateError. */
  errors?: WireError[];
  /** What was thrown, where that is no error and can be cloned. */
  value?: unknown;
}

/** The worker has loaded. `lock` is the Web Lock that it holds as long as it lives; null where there are none. */
export interface ReadyMessage {
  joblite: 'ready';
  lock: string | null;
}

/** Runs tasks `first`, `first + 1`, ... of a call, one after another. */
export interface RunMessage {
  joblite: 'run';
  call: number;
  batch: number;
  first: number;
  functions: FunctionRef[];
  /** Which of `functions` each task calls; null where all call the only one. */
  which: number[] | null;
  /** Each task's arguments; with `column`, each task's only argument. */
  args: unknown[];
  column: boolean;
  /** Report the start of every task, not only what has become due (for timeouts). */
  reportEach: boolean;
}

/** The call has ended: stop its batches after the task that runs. */
export interface DropMessage {
  joblite: 'drop';
  call: number;
}

/** Asks a worker without a Web Lock whether it lives. */
export interface PingMessage {
  joblite: 'ping';
}

export type ToWorker = RunMessage | DropMessage | PingMessage;

/** Results of tasks `first`... of a batch that goes on with task `running`. */
export interface ReportMessage {
  joblite: 'report';
  call: number;
  batch: number;
  first: number;
  values: unknown[];
  running: number;
}

/** The last results of a batch. Times are the worker's `performance.timeOrigin + performance.now()`, in ms. */
export interface DoneMessage {
  joblite: 'done';
  call: number;
  batch: number;
  first: number;
  values: unknown[];
  startMs: number;
  endMs: number;
}

/** Task `index` threw, or its result cannot be cloned; the rest of the call's batches do not run. */
export interface FailedMessage {
  joblite: 'failed';
  call: number;
  batch: number;
  index: number;
  /** Whether the batch's functions could not be had (`load`), or a task went wrong (`run`). */
  stage: 'load' | 'run';
  error: WireError;
}

/** All batches of a dropped call have left the worker. */
export interface DroppedMessage {
  joblite: 'dropped';
  call: number;
}

export interface PongMessage {
  joblite: 'pong';
}

export type FromWorker =
  | ReadyMessage
  | ReportMessage
  | DoneMessage
  | FailedMessage
  | DroppedMessage
  | PongMessage;
