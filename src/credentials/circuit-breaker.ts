const FAILURES_TO_OPEN = 10;
const PROBE_INTERVAL_MS = 1_000;

/**
 * Keeps calls from an endpoint that failed ten times in a row, but for one probe a second; any answer of it, a refusal
 * too, closes it again.
 */
export class CircuitBreaker {
  #failuresInARow = 0;
  #probedAt = Number.NEGATIVE_INFINITY;
  readonly #now: () => number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#failuresInARow >= FAILURES_TO_OPEN;
  }

  /** Whether a call may be made now; an open breaker's yes is its probe of this second. */
  admits(): boolean {
    if (!this.isOpen) return true;
    const now = this.#now();
    if (now - this.#probedAt < PROBE_INTERVAL_MS) return false;
    this.#probedAt = now;
    return true;
  }

  answered(): void {
    this.#failuresInARow = 0;
  }

  failed(): void {
    this.#failuresInARow++;
    if (this.#failuresInARow === FAILURES_TO_OPEN) this.#probedAt = this.#now();
  }
}
