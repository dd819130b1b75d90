/**
 * Lets one go on in each turn of the event loop: what is ready, such as requests whose credentials are cached, is served
 * between two of a crowd.
 */
export class OneATurn {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it is the caller's turn. */
  take(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(() => this.#letOneGo());
    });
  }

  #letOneGo(): void {
    this.#waiting[0]?.();
    this.#waiting.shift();
    if (this.#waiting.length > 0) setImmediate(() => this.#letOneGo());
  }
}
