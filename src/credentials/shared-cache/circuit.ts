const FAILURES_TO_OPEN = 3;
const PAUSE_MS = 1_000;

/**
 * Stops asking a server that fails, so that it costs nothing: after 3 failures in a row nothing is tried for a second;
 * then one try decides for all. Times in milliseconds of a clock that never goes back.
 */
export class Circuit {
  #failures = 0;
  #openUntil = Number.NEGATIVE_INFINITY;
  #probing = false;

  /** Whether to try now. Each try that is admitted must end in `succeeded` or `failed`. */
  admits(now: number): boolean {
    if (this.#failures < FAILURES_TO_OPEN) return true;
    if (now < this.#openUntil || this.#probing) return false;
    this.#probing = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#probing = false;
  }

  failed(now: number): void {
    this.#failures += 1;
    this.#probing = false;
    if (this.#failures >= FAILURES_TO_OPEN) this.#openUntil = now + PAUSE_MS;
  }
}
