// Wakes its parent at the times of a schedule, one schedule after the other. Node's own timers are whole milliseconds; a
// futex wakes within some 50 µs.
import { parentPort } from 'node:worker_threads';
import type { Schedule } from './metronome.ts';

const never = new Int32Array(new SharedArrayBuffer(4));

parentPort?.on('message', ({ startsAt, dueMs }: Schedule) => {
  const start = performance.now() + Number(startsAt - process.hrtime.bigint()) / 1e6;
  for (let index = 0; index < dueMs.length; ) {
    const wait = start + (dueMs[index] ?? 0) - performance.now();
    if (wait > 0) Atomics.wait(never, 0, 0, wait);
    const elapsed = performance.now() - start;
    const before = index;
    while (index < dueMs.length && (dueMs[index] ?? 0) <= elapsed) index++;
    if (index > before) parentPort?.postMessage(index);
  }
});
