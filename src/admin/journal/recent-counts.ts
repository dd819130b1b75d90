import type { Outcome } from '../../signer/index.ts';

/** In the order in which they are counted and shown. */
export const OUTCOMES: readonly Outcome[] = ['signed', 'refused', 'failed', 'passed', 'aborted'];

/** How many of each outcome. */
export type Counts = Record<Outcome, number>;

export function noCounts(): Counts {
  return { signed: 0, refused: 0, failed: 0, passed: 0, aborted: 0 };
}

/** Outcomes by the second, for as many seconds as are kept. */
export class RecentCounts {
  readonly #seconds: Counts[];
  /** Of the newest, since the epoch. */
  #newest = 0;

  constructor(kept: number) {
    this.#seconds = Array.from({ length: kept }, noCounts);
  }

  add(outcome: Outcome, nowMs: number): void {
    this.#turn(nowMs);
    this.#at(this.#newest)[outcome]++;
  }

  /** Whole seconds, the oldest first; the one that is not over is left out. */
  last(seconds: number, nowMs: number): Counts[] {
    this.#turn(nowMs);
    return Array.from({ length: seconds }, (_, index) => ({ ...this.#at(this.#newest - seconds + index) }));
  }

  #turn(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second <= this.#newest) return;
    const first = Math.max(this.#newest + 1, second - this.#seconds.length + 1);
    for (let each = first; each <= second; each++) Object.assign(this.#at(each), noCounts());
    this.#newest = second;
  }

  #at(second: number): Counts {
    return this.#seconds[((second % this.#seconds.length) + this.#seconds.length) % this.#seconds.length] as Counts;
  }
}
