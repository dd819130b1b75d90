import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from '../../../src/credentials/turns.ts';

/** How many have gone by the end of each of the next turns, and who they were. */
async function observe(count: number, work: () => Promise<void>) {
  const turns = new Turns();
  const gone: number[] = [];
  const all = Promise.all(
    Array.from({ length: count }, async (_, id) => {
      await turns.take();
      gone.push(id);
      await work();
    }),
  );
  const seen: number[] = [];
  while (gone.length < count) {
    await turn();
    seen.push(gone.length);
  }
  await all;
  return { gone, seen };
}

function busy(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

it('lets one go on in each turn of the event loop whose work fills it, in order', async () => {
  const { gone, seen } = await observe(3, async () => busy(1));
  expect(seen).toEqual([1, 2, 3]);
  expect(gone).toEqual([0, 1, 2]);
});

it('counts what is set off without waiting', async () => {
  const { seen } = await observe(3, async () => {
    for (let hop = 0; hop < 5; hop++) await undefined;
    busy(1);
  });
  expect(seen).toEqual([1, 2, 3]);
});

it('lets several go on in one turn that have little to do', async () => {
  const { gone, seen } = await observe(100, async () => undefined);
  expect(seen.length).toBeLessThan(50);
  expect(gone).toEqual(Array.from({ length: 100 }, (_, id) => id));
});

it('goes on for those who come when all have gone, and while others wait', async () => {
  const turns = new Turns();
  await turns.take();
  const late = turns.take().then(() => turns.take());
  await Promise.all([late, turns.take()]);
  await turns.take();
});
