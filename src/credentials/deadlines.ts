const TOGETHER_MS = 5;

/**
 * Time limits of one length. What begins within five milliseconds ends together, never early: a signal and a timer for
 * each of a crowd cost as much as a tenth of its exchange.
 */
export class Deadlines {
  readonly #limitMs: number;
  #current: AbortSignal | undefined;
  #began = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** The limit of what begins now. */
  next(): AbortSignal {
    // By the clock and not by a timer, which a long turn of the event loop keeps from firing.
    const now = performance.now();
    if (this.#current === undefined || now - this.#began >= TOGETHER_MS) {
      this.#current = AbortSignal.timeout(this.#limitMs + TOGETHER_MS);
      this.#began = now;
    }
    return this.#current;
  }
}
