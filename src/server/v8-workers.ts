import { readdirSync, readFileSync } from 'node:fs';
import { makeNicer } from '../threads/index.ts';

/** Until then they compile what is served, which helps more than it disturbs. */
const WARM_MS = 30_000;
const THREADS = '/proc/self/task';
/** As Node calls them. */
const NAME = 'V8Worker';

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
