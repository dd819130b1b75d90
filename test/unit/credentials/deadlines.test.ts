import { expect, it } from 'vitest';
import { Deadlines } from '../../../src/credentials/deadlines.ts';

/** Without a turn of the event loop. */
function pass(milliseconds: number): number {
  const began = performance.now();
  while (performance.now() - began < milliseconds);
  return performance.now();
}

it('ends together what begins together, and nothing early', async () => {
  const deadlines = new Deadlines(100);
  const first = deadlines.next();
  expect(deadlines.next()).toBe(first);
  const joined = pass(4);
  const ends = [{ signal: deadlines.next(), began: joined }];
  const later = pass(20);
  ends.push({ signal: deadlines.next(), began: later });
  expect(ends[1]?.signal).not.toBe(first);
  await Promise.all(
    ends.map(async ({ signal, began }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      expect(performance.now() - began).toBeGreaterThanOrEqual(99);
      expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
    }),
  );
});
