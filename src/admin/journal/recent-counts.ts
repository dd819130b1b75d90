import type { Outcome } from '../../signer/index.ts';

/** In the order in which they are counted and shown. */
export const OUTCOMES: readonly Outcome[] = ['signed', 'refused', 'failed', 'passed', 'aborted'];
const KINDS = OUTCOMES.length;

/** How many of each outcome. */
export type Counts = Record<Outcome, number>;

export function noCounts(): Counts {
  return { signed: 0, refused: 0, failed: 0, passed: 0, aborted: 0 };
}

/** Outcomes by the second, for as many seconds as are kept. */
export class RecentCounts {
  /** A second's outcomes one after the other; a second has its place by its number. */
  readonly #counts: Uint32Array;
  readonly #kept: number;
  /** Of the newest, since the epoch. */
  #newest = 0;

  constructor(kept: number) {
    this.#kept = kept;
    this.#counts = new Uint32Array(kept * KINDS);
  }

  add(outcome: Outcome, nowMs: number): void {
    this.#turn(nowMs);
    const index = this.#placeOf(this.#newest) + OUTCOMES.indexOf(outcome);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  /** Whole seconds, the oldest first; the one that is not over is left out. */
  last(seconds: number, nowMs: number): Counts[] {
    this.#turn(nowMs);
    return Array.from({ length: seconds }, (_, index) => this.#at(this.#newest - seconds + index));
  }

  #turn(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second <= this.#newest) return;
    const first = Math.max(this.#newest + 1, second - this.#kept + 1);
    for (let each = first; each <= second; each++) {
      const place = this.#placeOf(each);
      this.#counts.fill(0, place, place + KINDS);
    }
    this.#newest = second;
  }

  #at(second: number): Counts {
    const place = this.#placeOf(second);
    const counts = noCounts();
    OUTCOMES.forEach((outcome, index) => {
      counts[outcome] = this.#counts[place + index] ?? 0;
    });
    return counts;
  }

  #placeOf(second: number): number {
    return (((second % this.#kept) + this.#kept) % this.#kept) * KINDS;
  }
}
