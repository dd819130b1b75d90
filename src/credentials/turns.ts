/** Longer than this, those whose credentials are cached do not wait for a crowd. */
const MOST_OF_A_TURN_MS = 0.3;

/**
 * Lets a crowd go on by and by, as many in each turn of the event loop as are done in a third of a millisecond, and one
 * at least: what is ready, such as requests whose credentials are cached, is served in between.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #until = 0;

  /** Resolves when it is the caller's turn. What it then does without waiting counts. */
  take(): Promise<void> {
    return new Promise((resolve) => this.queue(resolve));
  }

  /** Calls back when it is the caller's turn. What that does, and what it resolves does without waiting, counts. */
  queue(goOn: () => void): void {
    this.#waiting.push(goOn);
    if (this.#waiting.length === 1) setImmediate(this.#begin);
  }

  readonly #begin = () => {
    this.#until = performance.now() + MOST_OF_A_TURN_MS;
    this.#letOneGo();
  };

  #letOneGo(): void {
    this.#waiting[0]?.();
    // A tick that is asked for among microtasks comes when there are no more of them: all is done that one set off.
    queueMicrotask(() => process.nextTick(this.#goOn));
  }

  readonly #goOn = () => {
    this.#waiting.shift();
    if (this.#waiting.length === 0) return;
    if (performance.now() < this.#until) this.#letOneGo();
    else setImmediate(this.#begin);
  };
}
