import { describe, expect, it } from 'vitest';
import { rate, roleParts, span, took } from '../../../src/admin/page/format.ts';

describe('format', () => {
  it.each([
    [0, '0'],
    [0.016, '0.02'],
    [0.25, '0.3'],
    [9.96, '10.0'],
    [1234.5, '1,235'],
  ])('a rate of %d', (value, text) => expect(rate(value)).toBe(text));

  it.each([
    [undefined, '–'],
    [0.000_083, '83 µs'],
    [0.001, '1 ms'],
    [0.0012, '1.2 ms'],
    [0.25, '250 ms'],
    [2.34, '2.3 s'],
  ])('a time of %d s', (value, text) => expect(took(value)).toBe(text));

  it.each([
    [-5, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [3_661_000, '1 h 1 min'],
    [90_000_000, '1 d 1 h'],
  ])('a span of %d ms', (value, text) => expect(span(value)).toBe(text));

  it('the parts of an ARN', () => {
    expect(roleParts('arn:aws:iam::123456789012:role/team/orders')).toEqual({
      account: '123456789012',
      role: 'team/orders',
    });
    expect(roleParts('nonsense')).toEqual({ account: '', role: 'nonsense' });
  });
});
