import { Histogram, type Percentiles } from '../histogram.ts';
import type { HostWatch, Interval } from '../host-watch.ts';
import { goodAndBad } from '../load.ts';
import { nowOfAllProcesses } from '../monotonic.ts';
import { type PacedOptions, runPacedLoad } from '../paced-load.ts';

/** Latencies in milliseconds, without those in whose time the host took the machine away. */
export interface Undisturbed extends Percentiles {
  /** The share of what is left out. */
  disturbed: number;
}

/**
 * A paced load of which only counts what the host left alone.
 * @param watch absent: nothing is left out
 * @throws Error where any request got no answer of 2xx
 */
export async function undisturbed(
  options: Omit<PacedOptions, 'onLatency'>,
  watch: Pick<HostWatch, 'disturbed'> | undefined,
): Promise<Undisturbed> {
  const offset = nowOfAllProcesses() - performance.now();
  const spans: Interval[] = [];
  const result = await runPacedLoad({
    ...options,
    onLatency: (milliseconds, dueAt) => spans.push([dueAt + offset, dueAt + offset + milliseconds]),
  });
  const { bad } = goodAndBad(result);
  if (bad > 0) throw new Error(`${bad} requests were not answered with 2xx`);
  const latency = new Histogram();
  let counted = 0;
  for (const span of spans) {
    if (watch?.disturbed(span)) continue;
    latency.record(span[1] - span[0]);
    counted++;
  }
  return { ...latency.percentiles(), disturbed: 1 - counted / spans.length };
}
