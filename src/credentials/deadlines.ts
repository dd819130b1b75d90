const TOGETHER_MS = 5;

/**
 * Time limits of one length. What begins within five milliseconds ends together, never early: a signal and a timer for
 * each of a crowd cost as much as half of its request.
 */
export class Deadlines {
  readonly #limitMs: number;
  #current: AbortSignal | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** The limit of what begins now. */
  next(): AbortSignal {
    if (this.#current === undefined) {
      this.#current = AbortSignal.timeout(this.#limitMs + TOGETHER_MS);
      setTimeout(() => {
        this.#current = undefined;
      }, TOGETHER_MS).unref();
    }
    return this.#current;
  }
}
