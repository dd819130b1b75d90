import { expect, it } from 'vitest';
import { lifetimeOf } from '../../../src/credentials/lifetime.ts';

const NOW = 1_000_000_000;
const MINUTE = 60_000;
const keys = (livesFor?: number) => ({
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'secret',
  ...(livesFor !== undefined && { expiresAt: NOW + livesFor }),
});
const lifetime = (livesFor: number | undefined, validFor = Number.POSITIVE_INFINITY, random = 0.5) => {
  const { usableUntil, refreshAt } = lifetimeOf(keys(livesFor), NOW, NOW + validFor, random);
  return { usableFor: usableUntil - NOW, refreshIn: refreshAt - NOW };
};

it('of an hour ends five seconds early, and is refreshed five to ten minutes before', () => {
  const ends = 60 * MINUTE - 5_000;
  expect(lifetime(60 * MINUTE, undefined, 0)).toEqual({ usableFor: ends, refreshIn: ends - 10 * MINUTE });
  expect(lifetime(60 * MINUTE, undefined, 1)).toEqual({ usableFor: ends, refreshIn: ends - 5 * MINUTE });
});

it('of twenty seconds leaves time for the refresh', () => {
  expect(lifetime(20_000, undefined, 0)).toEqual({ usableFor: 15_000, refreshIn: 7_500 });
  expect(lifetime(20_000, undefined, 1)).toEqual({ usableFor: 15_000, refreshIn: 11_250 });
});

it('that the token’s own end cuts short is not refreshed: new ones would end with it', () => {
  expect(lifetime(60 * MINUTE, 30 * MINUTE)).toEqual({
    usableFor: 30 * MINUTE,
    refreshIn: Number.POSITIVE_INFINITY,
  });
  expect(lifetime(60 * MINUTE, 90 * MINUTE).refreshIn).toBeLessThan(60 * MINUTE);
});

it('of long-lived keys is five minutes, and they are read again every minute', () => {
  expect(lifetime(undefined, undefined, 0)).toEqual({ usableFor: 5 * MINUTE, refreshIn: MINUTE });
  expect(lifetime(undefined, undefined, 1)).toEqual({ usableFor: 5 * MINUTE, refreshIn: 0.75 * MINUTE });
});
