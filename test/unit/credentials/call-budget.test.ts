import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CallBudget } from '../../../src/credentials/call-budget.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const never = new AbortController().signal;

/** How many of so many calls are let go at once. */
async function atOnce(budget: CallBudget, calls: number): Promise<number> {
  const abort = new AbortController();
  let taken = 0;
  const asked = Array.from({ length: calls }, () => budget.take(abort.signal).then(() => taken++));
  await Promise.resolve().then(() => undefined);
  await new Promise(setImmediate);
  const result = taken;
  abort.abort();
  await Promise.allSettled(asked);
  return result;
}

it('lets a second’s worth go at once, and as much again after another second', async () => {
  const budget = new CallBudget(5);
  expect(await atOnce(budget, 20)).toBe(5);
  vi.advanceTimersByTime(1_000);
  expect(await atOnce(budget, 20)).toBe(5);
  vi.advanceTimersByTime(200);
  expect(await atOnce(budget, 20)).toBe(1);
});

it('saves nothing up beyond a second', async () => {
  const budget = new CallBudget(3);
  vi.advanceTimersByTime(3_600_000);
  expect(await atOnce(budget, 20)).toBe(3);
});

it('lets one wait its turn', async () => {
  vi.useRealTimers();
  const budget = new CallBudget(20);
  const started = performance.now();
  await Promise.all(Array.from({ length: 22 }, () => budget.take(never)));
  expect(performance.now() - started).toBeGreaterThanOrEqual(90);
});

it('fails with the signal’s reason, and gives the place to those behind', async () => {
  vi.useRealTimers();
  const budget = new CallBudget(1);
  await budget.take(never);
  const gone = new AbortController();
  const waiting = [budget.take(gone.signal), budget.take(gone.signal)];
  const outcomes = Promise.allSettled(waiting);
  gone.abort(new Error('gone'));
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const started = performance.now();
  await budget.take(never);
  expect(performance.now() - started).toBeLessThan(1_500);
});
