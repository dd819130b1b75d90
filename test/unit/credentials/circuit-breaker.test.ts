import { expect, it } from 'vitest';
import { CircuitBreaker } from '../../../src/credentials/circuit-breaker.ts';

function broken(): { breaker: CircuitBreaker; at: (milliseconds: number) => CircuitBreaker } {
  let now = 0;
  const breaker = new CircuitBreaker(() => now);
  for (let n = 0; n < 10; n++) breaker.failed();
  return {
    breaker,
    at(milliseconds) {
      now = milliseconds;
      return breaker;
    },
  };
}

it('opens at the tenth failure in a row', () => {
  const breaker = new CircuitBreaker(() => 0);
  for (let n = 0; n < 9; n++) breaker.failed();
  expect(breaker.isOpen).toBe(false);
  breaker.answered();
  for (let n = 0; n < 9; n++) breaker.failed();
  expect([breaker.isOpen, breaker.admits()]).toEqual([false, true]);
  breaker.failed();
  expect([breaker.isOpen, breaker.admits()]).toEqual([true, false]);
});

it('admits one probe a second', () => {
  const { at } = broken();
  const moments = [0, 999, 1_000, 1_001, 1_999, 2_000, 5_000, 5_000, 5_999];
  expect(moments.filter((moment) => at(moment).admits())).toEqual([1_000, 2_000, 5_000]);
});

it('stays open while probes fail, and closes at the first answer', () => {
  const { breaker, at } = broken();
  expect(at(1_000).admits()).toBe(true);
  breaker.failed();
  expect(at(1_500).admits()).toBe(false);
  expect(at(2_000).admits()).toBe(true);
  breaker.answered();
  expect([breaker.isOpen, at(2_001).admits(), at(2_001).admits()]).toEqual([false, true, true]);
});
