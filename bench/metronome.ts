import { Worker } from 'node:worker_threads';

export interface MetronomeData {
  /** By `process.hrtime`, which all threads share. */
  startedAt: bigint;
  dueMs: Float64Array;
}

/** Enough for the thread to start. */
const LEAD_MS = 100;

/**
 * Calls back for each entry of a schedule once it is due, in order, and resolves after the last one.
 * @param dueMs in ascending order, from the start on
 * @param onDue given the index, and for how many milliseconds it has been due
 */
export async function beat(dueMs: Float64Array, onDue: (index: number, lateMs: () => number) => void): Promise<void> {
  const startedAt = process.hrtime.bigint() + BigInt(LEAD_MS * 1e6);
  const workerData: MetronomeData = { startedAt, dueMs };
  const thread = new Worker(new URL('./metronome-thread.ts', import.meta.url), { workerData });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let next = 0;
  thread.on('message', (dueBefore: number) => {
    for (; next < dueBefore; next++) {
      const at = dueMs[next] ?? 0;
      onDue(next, () => Number(process.hrtime.bigint() - startedAt) / 1e6 - at);
    }
  });
  thread.once('error', reject);
  thread.once('exit', () => resolve());
  await promise;
}

/** A schedule of so many a second, evenly spaced. */
export function evenly(perSecond: number, seconds: number): Float64Array {
  return Float64Array.from({ length: Math.floor(perSecond * seconds) }, (_, index) => (index * 1000) / perSecond);
}
