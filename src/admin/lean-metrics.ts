import { Counter, type CounterConfiguration, Histogram, type HistogramConfiguration } from 'prom-client';

/**
 * A counter for the path of every request: prom-client sorts, checks and joins the labels at each count, which takes
 * longer than the count; here each series is found by one look-up a label, and written out at a scrape.
 */
export class LeanCounter<L extends string> {
  readonly #root = new Place<L>();
  readonly #series: Place<L>[] = [];
  readonly #labelNames: readonly L[];

  constructor(config: CounterConfiguration<L> & { labelNames: readonly L[] }) {
    const series = this.#series;
    this.#labelNames = config.labelNames;
    new Counter<L>({
      ...config,
      collect() {
        for (const each of series) {
          this.inc(each.labels, each.count - each.written);
          each.written = each.count;
        }
      },
    });
  }

  /** @param values of the labels, each of a small set, in the order of their names */
  count(...values: readonly string[]): void {
    let place = this.#root;
    for (const value of values) {
      let next = place.next.get(value);
      if (next === undefined) {
        next = new Place();
        place.next.set(value, next);
      }
      place = next;
    }
    if (place.count++ === 0) this.#begin(place, values);
  }

  #begin(place: Place<L>, values: readonly string[]): void {
    place.labels = Object.fromEntries(this.#labelNames.map((name, index) => [name, values[index] ?? ''])) as Labels<L>;
    this.#series.push(place);
  }
}

type Labels<L extends string> = Record<L, string>;

/** Where the values of some labels lead to: to those of the next label, or to a series. */
class Place<L extends string> {
  readonly next = new Map<string, Place<L>>();
  count = 0;
  written = 0;
  labels: Labels<L> = {} as Labels<L>;
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
