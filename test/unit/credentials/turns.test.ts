import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from '../../../src/credentials/turns.ts';

it('lets one go on in each turn of the event loop, in order', async () => {
  const turns = new Turns();
  const gone: number[] = [];
  const all = Promise.all([0, 1, 2].map((id) => turns.take().then(() => gone.push(id))));
  const seen: number[] = [];
  for (let index = 0; index < 3; index++) {
    await turn();
    seen.push(gone.length);
  }
  await all;
  expect(seen).toEqual([1, 2, 3]);
  expect(gone).toEqual([0, 1, 2]);
});

it('goes on for those who come when all have gone, and while others wait', async () => {
  const turns = new Turns();
  await turns.take();
  const late = turns.take().then(() => turns.take());
  await Promise.all([late, turns.take()]);
  await turns.take();
});
