import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { anyCaller, eachCaller, requestOf, tokenOf } from '../../../bench/contenders/callers.ts';

describe("the bench's callers", () => {
  it('have tokens of their own, the same each time, that are good for the whole run', () => {
    expect(tokenOf(1, 'a')).toBe(tokenOf(1, 'a'));
    expect(new Set([tokenOf(1, 'a'), tokenOf(2, 'a'), tokenOf(1, 'b')]).size).toBe(3);
    const { sub, exp = 0 } = decodeJwt(tokenOf(7, 'a'));
    expect(sub).toBe('a-7');
    expect(exp).toBeGreaterThan(Date.now() / 1000 + 6 * 3600);
  });

  it('come once each', () => {
    const next = eachCaller(3, 'a');
    expect([next(), next(), next()]).toEqual([0, 1, 2].map((caller) => requestOf(caller, 'a')));
    expect(next()).toBeUndefined();
  });

  it('come at random, but all of them', () => {
    const next = anyCaller(10, 'a');
    const seen = new Set(Array.from({ length: 400 }, () => next()?.toString()));
    expect(seen).toEqual(new Set(Array.from({ length: 10 }, (_, caller) => requestOf(caller, 'a').toString())));
  });
});
