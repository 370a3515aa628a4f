// The messages between a page and its helper worker. Types only.
// The worker holds objects (readers, encoders, unpackers) by numbers that the page chooses; 0 is the
// worker itself. Every call is answered, in the order of the calls.

import type { WireError } from '../parallel/protocol.js';

/** What can be called: on the worker (`text` gives a text of the tape that reader `args[0]` finished), and on its objects. */
export type Method =
  | 'start'
  | 'append'
  | 'opcodes'
  | 'reader'
  | 'encoder'
  | 'codecs'
  | 'unpacker'
  | 'step'
  | 'feed'
  | 'write'
  | 'finish'
  | 'text'
  | 'free';

export interface HelperCall {
  joblite: 'files';
  id: number;
  object: number;
  method: Method;
  args: unknown[];
}

export interface HelperAnswer {
  joblite: 'files';
  id: number;
  value?: unknown;
  error?: WireError;
}
