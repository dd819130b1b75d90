import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Deadlines } from '../../../src/credentials/deadlines.ts';

it('ends what begins together together, and nothing early', async () => {
  const deadlines = new Deadlines(100);
  const began = performance.now();
  const first = deadlines.next();
  expect(deadlines.next()).toBe(first);
  await wait(20);
  const second = deadlines.next();
  const secondBegan = performance.now();
  expect(second).not.toBe(first);
  for (const [signal, start] of [
    [first, began],
    [second, secondBegan],
  ] as const) {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(performance.now() - start).toBeGreaterThanOrEqual(99);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  }
});
