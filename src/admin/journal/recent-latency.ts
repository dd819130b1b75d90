const HALF_MS = 60_000;
/** Four to each doubling, from a microsecond to a minute: what is read is right within a tenth. */
const STEPS = 4;
const BUCKETS = 26 * STEPS;

/** Quantiles of the last one to two minutes. */
export class RecentLatency {
  #current = new Uint32Array(BUCKETS);
  #previous = new Uint32Array(BUCKETS);
  #half = 0;

  add(seconds: number, nowMs: number): void {
    this.#turn(nowMs);
    const index = Math.floor(Math.log2(seconds * 1e6) * STEPS);
    const bucket = index > 0 ? Math.min(index, BUCKETS - 1) : 0;
    this.#current[bucket] = (this.#current[bucket] ?? 0) + 1;
  }

  /** In seconds; undefined where there was nothing. */
  quantile(share: number, nowMs: number): number | undefined {
    this.#turn(nowMs);
    const counts = this.#current.map((count, bucket) => count + (this.#previous[bucket] ?? 0));
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return undefined;
    let below = 0;
    const bucket = counts.findIndex((count) => {
      below += count;
      return below >= total * share;
    });
    return 2 ** ((bucket + 0.5) / STEPS) / 1e6;
  }

  #turn(nowMs: number): void {
    const half = Math.floor(nowMs / HALF_MS);
    if (half === this.#half) return;
    const unused = this.#previous;
    this.#previous = half === this.#half + 1 ? this.#current : new Uint32Array(BUCKETS);
    this.#current = unused.fill(0);
    this.#half = half;
  }
}
