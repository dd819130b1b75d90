import { Worker } from 'node:worker_threads';
import { prng } from '../test/support/prng.ts';

export interface Schedule {
  /** By `process.hrtime`, which all threads share. */
  startsAt: bigint;
  dueMs: Float64Array;
}

/** Enough for a thread to start. */
const LEAD_MS = 100;

/** To start one takes a tenth of a second of CPU, beside what is measured. */
const idle: Worker[] = [];

/**
 * Calls back for each entry of a schedule once it is due, in order, and resolves after the last one.
 * @param dueMs in ascending order, from the start on
 * @param onDue given the index, and when it was due by `performance.now`
 */
export async function beat(dueMs: Float64Array, onDue: (index: number, dueAt: number) => void): Promise<void> {
  if (dueMs.length === 0) return;
  const thread = idle.pop() ?? new Worker(new URL('./metronome-thread.ts', import.meta.url));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const startsAt = process.hrtime.bigint() + BigInt(LEAD_MS * 1e6);
  const start = performance.now() + Number(startsAt - process.hrtime.bigint()) / 1e6;
  let next = 0;
  thread.on('message', (dueBefore: number) => {
    for (; next < dueBefore; next++) onDue(next, start + (dueMs[next] ?? 0));
    if (next === dueMs.length) resolve();
  });
  thread.once('error', reject);
  thread.ref();
  thread.postMessage({ startsAt, dueMs } satisfies Schedule);
  await promise;
  thread.removeAllListeners('message').removeAllListeners('error');
  thread.unref();
  idle.push(thread);
}

/** A schedule of so many a second, evenly spaced. */
export function evenly(perSecond: number, seconds: number): Float64Array {
  return Float64Array.from({ length: Math.floor(perSecond * seconds) }, (_, index) => (index * 1000) / perSecond);
}

/**
 * A schedule of requests of many who know nothing of each other, so many a second on average: gaps are exponential. Two
 * that are evenly spaced would keep step, so that each of one meets one of the other, or never does.
 */
export function atRandom(perSecond: number, seconds: number, seed: number): Float64Array {
  const { next } = prng(seed);
  const due: number[] = [];
  for (let at = gap(); at < seconds * 1000; at += gap()) due.push(at);
  return Float64Array.from(due);

  function gap(): number {
    return (-1000 / perSecond) * Math.log(1 - next());
  }
}
