import { type Summary, summarize } from '../statistics.ts';

/** A piece of work: what it returns is kept, so that none of it can be left out as useless. */
export type Work = () => unknown;

const SLICE_MS = 20;
const WARM_SLICES = 10;
/** To read the clock takes its time as well: it is read this often a slice, once it is known how long the work takes. */
const READINGS = 4;

/** The last result of all that is measured. */
export let kept: unknown;

/**
 * Measures pieces of work in turns, slice by slice, and says what CPU time one run of each takes, in µs; of all threads,
 * as the garbage that a run leaves behind is its own as well.
 * @param slices how many of 20 ms each gets
 */
export async function timeInTurns(
  works: ReadonlyMap<string, Work>,
  slices: number,
): Promise<ReadonlyMap<string, Summary>> {
  const times = new Map<string, number[]>([...works.keys()].map((name) => [name, []]));
  for (let slice = -WARM_SLICES; slice < slices; slice++) {
    for (const [name, work] of works) {
      const us = await timeOneSlice(work);
      if (slice >= 0) times.get(name)?.push(us);
    }
  }
  return new Map([...times].map(([name, values]) => [name, summarize(values)]));
}

async function timeOneSlice(work: Work): Promise<number> {
  const usedBefore = process.cpuUsage();
  const started = performance.now();
  let runs = 0;
  let batch = 1;
  for (;;) {
    for (let index = 0; index < batch; index++) {
      const result = work();
      // Only what is a promise is waited for: to wait is work too.
      kept = result instanceof Promise ? await result : result;
    }
    runs += batch;
    const elapsed = performance.now() - started;
    if (elapsed >= SLICE_MS) break;
    batch = Math.max(1, Math.floor((runs * SLICE_MS) / elapsed / READINGS));
  }
  const { user, system } = process.cpuUsage(usedBefore);
  return (user + system) / runs;
}
