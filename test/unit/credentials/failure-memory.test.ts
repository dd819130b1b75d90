import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Clock } from '../../../src/credentials/clock.ts';
import { FailureMemory } from '../../../src/credentials/failure-memory.ts';
import { CredentialsError } from '../../../src/errors/index.ts';

const NOW = Date.UTC(2026, 0, 1);
const denied = new CredentialsError('SIGV4_ACCESS_DENIED', 'denied');
const unavailable = new CredentialsError('SIGV4_STS_UNAVAILABLE', 'unavailable');

beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

/** For how many seconds a refusal is repeated that is met again as soon as it is not, n times. */
function repetitions(error: CredentialsError, times: number): number[] {
  const memory = new FailureMemory(new Clock());
  return Array.from({ length: times }, () => {
    memory.remember('a', error);
    const start = Date.now();
    while (memory.get('a') !== undefined) vi.setSystemTime(Date.now() + 500);
    return (Date.now() - start) / 1000;
  });
}

it('repeats a refusal for a second, then for twice as long each time, up to a minute', () => {
  expect(repetitions(denied, 9)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

it('never holds back for more than a second what may pass by itself', () => {
  expect(repetitions(unavailable, 4)).toEqual([1, 1, 1, 1]);
});

it('begins anew for a key that was well in between', () => {
  const memory = new FailureMemory(new Clock());
  memory.remember('a', denied);
  memory.remember('a', denied);
  memory.forget('a');
  memory.remember('a', denied);
  vi.setSystemTime(NOW + 999);
  expect(memory.get('a')).toBe(denied);
  vi.setSystemTime(NOW + 1_000);
  expect(memory.get('a')).toBeUndefined();
});

it('is one key’s, and forgets the oldest of too many', () => {
  const memory = new FailureMemory(new Clock());
  memory.remember('a', denied);
  expect(memory.get('b')).toBeUndefined();
  for (let n = 0; n < 10_000; n++) memory.remember(`key ${n}`, denied);
  expect(memory.get('a')).toBeUndefined();
  expect(memory.get('key 9999')).toBe(denied);
});
