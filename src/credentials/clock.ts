/** Less than this is a network's delay and a header's whole seconds, not a clock that is wrong. */
const LEAST_OFFSET_MS = 60_000;

/**
 * The time that signatures carry and expiries are held against: the machine's, set right by STS, whose answers come
 * over TLS from AWS itself. AWS refuses signatures that are off by five minutes.
 */
export class Clock {
  #offsetMs = 0;

  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** How far the machine is behind, in milliseconds; 0 while it is right. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /**
   * Learns from an answer of STS.
   * @param date the answer's Date header
   */
  learn(date: string | undefined): void {
    const offset = Date.parse(date ?? '') - Date.now();
    if (Number.isFinite(offset)) this.#offsetMs = Math.abs(offset) < LEAST_OFFSET_MS ? 0 : offset;
  }
}
