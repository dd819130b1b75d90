import { setTimeout as wait } from 'node:timers/promises';

/** Spaces calls out to so many a second; up to a second's worth may be made at once. */
export class CallBudget {
  readonly #intervalMs: number;
  readonly #burstMs: number;
  /** When the next call would be due if all were evenly spaced; never further back than the burst. */
  #dueAt = Number.NEGATIVE_INFINITY;

  constructor(callsPerSecond: number) {
    this.#intervalMs = 1000 / callsPerSecond;
    this.#burstMs = Math.max(0, 1000 - this.#intervalMs);
  }

  /**
   * Resolves when a call may be made.
   * @throws the signal's reason, if that comes first
   */
  async take(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#dueAt = Math.max(this.#dueAt, now - this.#burstMs) + this.#intervalMs;
    const delay = this.#dueAt - this.#intervalMs - now;
    if (delay < 1) return;
    try {
      await wait(delay, undefined, { signal });
    } catch (error) {
      // The place in the queue goes to those behind.
      this.#dueAt -= this.#intervalMs;
      throw error;
    }
  }
}
