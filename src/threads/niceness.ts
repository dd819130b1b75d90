import { getPriority, setPriority } from 'node:os';

/** By Linux's weights, a tenth of a core that the main thread wants as well. */
const NICER_BY = 10;
const NICEST = 19;

/**
 * Has threads give way to the one that serves. Those that may not be changed, or have ended, are left as they are.
 * @param threads their ids, as Linux alone has a niceness for each
 */
export function makeNicer(threads: readonly number[]): void {
  for (const thread of threads) {
    try {
      setPriority(thread, Math.min(NICEST, getPriority(thread) + NICER_BY));
    } catch {}
  }
}
