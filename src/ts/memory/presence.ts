// Whether a claimant still lives, where there are no Web Locks that would tell of its end: it is asked
// over the channel of the store, again and again, and is taken for gone when it stays silent.

/** What is said over the channel: a question for an owner, or that owner's answer. */
export interface PresenceMessage {
  readonly question: boolean;
  readonly owner: string;
}

/** Waiting for an owner's end: `gone` turns true, or stays pending for as long as it lives. */
export interface Watch {
  readonly gone: Promise<boolean>;
  leave(): void;
}

const ASK_MS = 1000;
/**
 * How many questions in a row stay without an answer before an owner is taken for gone. A page that
 * computes without a pause cannot answer either: it is overtaken after about 5 s, and then its result is
 * computed twice, which is allowed. Patience beyond that would be a wait for nothing after a reload.
 * Questions are counted, not time: a waiter that was busy itself finds the answers that came meanwhile.
 */
const PATIENCE = 5;

interface Asked {
  readonly gone: Promise<boolean>;
  /** Questions since the last answer. */
  unanswered: number;
  users: number;
  /** Told to whoever waits for it later, too: for its other claims nobody need be patient again. */
  isGone: boolean;
  timer: ReturnType<typeof setInterval>;
}

/** The owners that are waited for: one question for all who wait for the same. */
export class Presence {
  readonly #post: (message: PresenceMessage) => void;
  readonly #asked = new Map<string, Asked>();

  constructor(post: (message: PresenceMessage) => void) {
    this.#post = post;
  }

  watch(owner: string): Watch {
    const asked = this.#asked.get(owner) ?? this.#ask(owner);
    asked.users += 1;
    const leave = () => {
      asked.users -= 1;
      if (asked.users > 0 || asked.isGone) return;
      clearInterval(asked.timer);
      this.#asked.delete(owner);
    };
    return { gone: asked.gone, leave };
  }

  /** Takes what another realm said; `self` is who this one is. */
  receive({ question, owner }: PresenceMessage, self: string | undefined): void {
    if (question) {
      if (owner === self) this.#post({ question: false, owner });
      return;
    }
    const asked = this.#asked.get(owner);
    if (!asked) return;
    asked.unanswered = 0;
    // Late, but it lives: whoever waits for it from now on asks again.
    if (asked.isGone) this.#asked.delete(owner);
  }

  #ask(owner: string): Asked {
    const ask = () => {
      asked.unanswered += 1;
      this.#post({ question: true, owner });
    };
    let end = (_gone: true) => {};
    const gone = new Promise<boolean>((resolve) => {
      end = resolve;
    });
    const timer = setInterval(() => {
      if (asked.unanswered < PATIENCE) return ask();
      clearInterval(timer);
      asked.isGone = true;
      end(true);
    }, ASK_MS);
    const asked: Asked = { gone, unanswered: 0, users: 0, isGone: false, timer };
    this.#asked.set(owner, asked);
    ask();
    return asked;
  }
}
