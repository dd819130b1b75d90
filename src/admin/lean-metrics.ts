import { Counter, type CounterConfiguration, Histogram, type HistogramConfiguration } from 'prom-client';

/**
 * A counter for the path of every request: prom-client sorts, checks and joins the labels at each count, which takes
 * longer than the count; here each series is found by one key, and written out at a scrape.
 */
export class LeanCounter<L extends string> {
  readonly #series = new Map<string, { count: number; written: number; labels: Record<L, string> }>();

  constructor(config: CounterConfiguration<L>) {
    const series = this.#series;
    new Counter<L>({
      ...config,
      collect() {
        for (const each of series.values()) {
          this.inc(each.labels, each.count - each.written);
          each.written = each.count;
        }
      },
    });
  }

  /**
   * @param key names the series
   * @param labels asked for once, when the series begins
   */
  count(key: string, labels: () => Record<L, string>): void {
    const series = this.#series.get(key);
    if (series !== undefined) series.count++;
    else this.#series.set(key, { count: 1, written: 0, labels: labels() });
  }
}

/** A histogram of one label for the path of every request, for the same reason. */
export class LeanHistogram<L extends string> extends Histogram<L> {
  readonly #label: L;
  readonly #config: HistogramConfiguration<L>;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(config: HistogramConfiguration<L> & { label: L; buckets: number[] }) {
    const { label, ...rest } = config;
    super({ ...rest, labelNames: [label] });
    this.#label = label;
    this.#config = rest;
    this.#bounds = config.buckets;
  }

  /** @param labelValue of a small set */
  add(labelValue: string, seconds: number): void {
    let series = this.#series.get(labelValue);
    if (series === undefined) {
      series = { counts: new Float64Array(this.#bounds.length + 1), sum: 0 };
      this.#series.set(labelValue, series);
    }
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && seconds > (bounds[index] ?? 0)) index++;
    series.counts[index] = (series.counts[index] ?? 0) + 1;
    series.sum += seconds;
  }

  /** What prom-client asks wherever it reads a histogram. */
  async getForPromString() {
    const { name, help, aggregator = 'sum' } = this.#config;
    const values: Sample[] = [];
    for (const [labelValue, { counts, sum }] of this.#series) {
      const sharedLabels = { [this.#label]: labelValue };
      let below = 0;
      counts.forEach((count, index) => {
        below += count;
        const le = this.#bounds[index] ?? '+Inf';
        values.push({ metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: below });
      });
      values.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum });
      values.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: below });
    }
    return { name, help, type: 'histogram', values, aggregator };
  }
}

interface Sample {
  metricName: string;
  labels: Record<string, string | number>;
  sharedLabels: Record<string, string>;
  value: number;
}

interface Series {
  /** Of each bucket alone; the last is beyond all bounds. */
  counts: Float64Array;
  sum: number;
}
