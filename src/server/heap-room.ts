import { getHeapStatistics, setFlagsFromString } from 'node:v8';

const INTERVAL_MS = 1_000;
const MIB = 1024 * 1024;
/** What the heap may hold of garbage before V8 marks all of it. */
const ROOM_BYTES = 64 * MIB;
const LEAST_PERCENT = 10;
const MOST_PERCENT = 100;
/** A heap of so much is full of credentials, which stay, among what fetching them left behind. */
const LARGE_BYTES = 96 * MIB;

/**
 * Has V8 collect the whole heap when it has grown by so much, however large it is, and compact a large one. By itself it
 * goes by shares: it grants a small heap some 9 MB, which the buffers of a few large bodies fill, and one with 100,000
 * callers half as much again as they need, and it seldom gives anything back. docs/decisions/0012-room-in-the-heap.md.
 * @returns what ends it
 */
export function keepHeapRoom(): () => void {
  // What waits for STS outlives collections; V8 would take it that all that is made at those places does, and from then
  // on make it where only a full collection frees it: a third of the CPU with 1,000 callers.
  setFlagsFromString('--no-allocation-site-pretenuring');
  let current: readonly string[] = [];
  const adjust = () => {
    const flags = flagsFor(getHeapStatistics().used_heap_size);
    for (const flag of flags) if (!current.includes(flag)) setFlagsFromString(flag);
    current = flags;
  };
  adjust();
  const timer = setInterval(adjust, INTERVAL_MS).unref();
  return () => clearInterval(timer);
}

/** V8's flags for a heap of so many bytes. */
export function flagsFor(heapBytes: number): readonly string[] {
  const percent = Math.round((100 * ROOM_BYTES) / heapBytes);
  return [
    `--heap-growing-percent=${Math.min(MOST_PERCENT, Math.max(LEAST_PERCENT, percent))}`,
    heapBytes > LARGE_BYTES ? '--optimize-for-size' : '--no-optimize-for-size',
  ];
}
