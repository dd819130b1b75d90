const STEPS_PER_DOUBLING = 32;

export interface Percentiles {
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

/** A histogram of durations in logarithmic buckets: each about 2 % wide, from 1 µs up, in constant memory. */
export class Histogram {
  readonly #buckets: number[] = [];
  #count = 0;
  #max = 0;

  /** All that several have recorded. */
  static of(parts: readonly Histogram[]): Histogram {
    const all = new Histogram();
    for (const part of parts) {
      // Buckets that nothing came to may be holes.
      for (const [bucket, count = 0] of part.#buckets.entries())
        all.#buckets[bucket] = (all.#buckets[bucket] ?? 0) + count;
      all.#count += part.#count;
      all.#max = Math.max(all.#max, part.#max);
    }
    return all;
  }

  /** @param milliseconds a duration */
  record(milliseconds: number): void {
    const bucket = Math.max(0, Math.floor(Math.log2(milliseconds * 1000) * STEPS_PER_DOUBLING));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count++;
    if (milliseconds > this.#max) this.#max = milliseconds;
  }

  /** In milliseconds; all 0 when nothing was recorded. */
  percentiles(): Percentiles {
    return { p50: this.#quantile(0.5), p99: this.#quantile(0.99), p999: this.#quantile(0.999), max: this.#max };
  }

  #quantile(share: number): number {
    const rank = Math.ceil(share * this.#count);
    let seen = 0;
    for (const [bucket, count] of this.#buckets.entries()) {
      seen += count ?? 0;
      if (seen >= rank && seen > 0) return Math.min(this.#max, 2 ** ((bucket + 1) / STEPS_PER_DOUBLING) / 1000);
    }
    return 0;
  }
}
