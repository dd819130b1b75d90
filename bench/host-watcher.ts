// Sleeps a millisecond over and over, and prints from when to when it slept much longer. To be run at real-time priority.
import { writeSync } from 'node:fs';
import { nowOfAllProcesses } from './monotonic.ts';

const SLEEP_MS = 1;
/** On a machine of one's own, 999 sleeps of 1,000 end within a third of that. */
const LATE_MS = 0.7;

const nobody = new Int32Array(new SharedArrayBuffer(4));
// Whoever was killed has ended nobody: what runs at such a priority must not stay behind.
const parent = process.ppid;
while (process.ppid === parent) {
  const asleep = nowOfAllProcesses();
  Atomics.wait(nobody, 0, 0, SLEEP_MS);
  const awake = nowOfAllProcesses();
  if (awake - asleep - SLEEP_MS > LATE_MS) writeSync(1, `${JSON.stringify([asleep, awake])}\n`);
}
