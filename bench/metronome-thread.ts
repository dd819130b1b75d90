// Wakes its parent at the times of a schedule. Node's own timers are whole milliseconds; a futex wakes within some 50 µs.
import { parentPort, workerData } from 'node:worker_threads';
import type { MetronomeData } from './metronome.ts';

const { startedAt, dueMs } = workerData as MetronomeData;
const never = new Int32Array(new SharedArrayBuffer(4));
const elapsedMs = () => Number(process.hrtime.bigint() - startedAt) / 1e6;

for (let index = 0; index < dueMs.length; ) {
  const wait = (dueMs[index] ?? 0) - elapsedMs();
  if (wait > 0) Atomics.wait(never, 0, 0, wait);
  const now = elapsedMs();
  while (index < dueMs.length && (dueMs[index] ?? 0) <= now) index++;
  parentPort?.postMessage(index);
}
