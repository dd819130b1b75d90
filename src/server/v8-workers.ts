import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Until then they compile what is served, which helps more than it disturbs. */
const WARM_MS = 30_000;
const THREADS = '/proc/self/task';
/** As Node calls them. */
const NAME = 'V8Worker';
/** By Linux's weights, a tenth of a core that the main thread wants as well. */
const NICER_BY = 10;
const NICEST = 19;

/**
 * Has V8's own threads give way to the one that serves: where they share a core, as in a container that has no more than
 * one, requests would get half of it for as long as the heap is marked. docs/decisions/0016-v8-gives-way.md.
 * @returns what keeps it from that
 */
export function letV8GiveWay(): () => void {
  const timer = setTimeout(() => makeNicer(v8Workers()), WARM_MS).unref();
  return () => clearTimeout(timer);
}

/** The ids of V8's own threads in this process: none but on Linux, which alone has a niceness for each thread. */
export function v8Workers(): number[] {
  try {
    return readdirSync(THREADS)
      .filter((id) => readFileSync(`${THREADS}/${id}/comm`, 'latin1').trimEnd() === NAME)
      .map(Number);
  } catch {
    return [];
  }
}

/** Those that may not be changed, or have ended, are left as they are. */
export function makeNicer(threads: readonly number[]): void {
  for (const thread of threads) {
    try {
      setPriority(thread, Math.min(NICEST, getPriority(thread) + NICER_BY));
    } catch {}
  }
}
