import { getPriority } from 'node:os';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { letV8GiveWay, v8Workers } from '../../../src/server/v8-workers.ts';
import { makeNicer } from '../../../src/threads/index.ts';

const linux = it.skipIf(process.platform !== 'linux');
const niceness = (threads: readonly number[]) => threads.map((thread) => getPriority(thread));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

linux("makes V8's threads nicer by ten once the service is warm, and no other", () => {
  const before = niceness(v8Workers());
  expect(before.length).toBeGreaterThan(0);
  const main = getPriority(process.pid);

  letV8GiveWay();
  vi.advanceTimersByTime(29_999);
  expect(niceness(v8Workers())).toEqual(before);

  vi.advanceTimersByTime(1);
  expect(niceness(v8Workers())).toEqual(before.map((value) => Math.min(19, value + 10)));
  expect(getPriority(process.pid)).toBe(main);
});

linux('leaves them alone where the service has ended before', () => {
  const before = niceness(v8Workers());
  letV8GiveWay()();
  vi.advanceTimersByTime(60_000);
  expect(niceness(v8Workers())).toEqual(before);
});

linux('stops at the nicest that Linux has', () => {
  makeNicer(v8Workers());
  makeNicer(v8Workers());
  expect(niceness(v8Workers())).toEqual(v8Workers().map(() => 19));
});

it('passes over threads that are not there', () => {
  expect(() => makeNicer([0x7fffffff])).not.toThrow();
});
