import { describe, expect, it } from 'vitest';
import { bearerToken, tokenClaims, tokenExpiry, tokenHash } from '../../../src/credentials/bearer-token.ts';
import { TokenError } from '../../../src/errors/index.ts';

const jwt = (payload: string) => `e30.${Buffer.from(payload).toString('base64url')}.c2ln`;

describe('bearerToken', () => {
  it.each([
    ['Bearer abcd', 'abcd'],
    ['bearer abcd', 'abcd'],
    ['BEARER   abcd', 'abcd'],
    [' Bearer abcd ', 'abcd'],
    ['Bearer a-._~+/b==', 'a-._~+/b=='],
    [`Bearer ${'x'.repeat(16 * 1024)}`, 'x'.repeat(16 * 1024)],
  ])('takes %j', (value, token) => expect(bearerToken(value)).toBe(token));

  it.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearerabcd',
    'Bearer\tabcd',
    'Basic dTpw',
    'abcd',
    'Bearer ab cd',
    'Bearer abcd, Bearer efgh',
    'Bearer =abcd',
    'Bearer ab=cd',
    'Bearer abcd\nx',
    'Bearer äbcd',
    'AWS4-HMAC-SHA256 Credential=x',
    `Bearer ${'x'.repeat(16 * 1024 + 1)}`,
  ])('refuses %j', (value) => {
    expect(() => bearerToken(value)).toThrow(TokenError);
    expect(() => bearerToken(value)).toThrow(expect.objectContaining({ code: 'SIGV4_TOKEN_INVALID', status: 401 }));
  });

  it('never repeats the token in its errors', () => {
    const token = 'x'.repeat(17 * 1024);
    expect(() => bearerToken(`Bearer ${token}`)).toThrow(/^(?!.*xxxx)/);
  });

  it('takes seconds for no value, however long it is', () => {
    const started = performance.now();
    for (const value of [
      `Bearer ${' '.repeat(60_000)}!`,
      `Bearer ${'a'.repeat(60_000)}!`,
      `Bearer ${'='.repeat(60_000)}!`,
    ]) {
      expect(() => bearerToken(value)).toThrow(TokenError);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('refuses a token shorter than the 4 characters that STS takes', () => {
    expect(() => bearerToken('Bearer abc')).toThrow(TokenError);
  });
});

describe('tokenExpiry', () => {
  it.each<[string, number | undefined]>([
    [jwt('{"exp": 1700000000}'), 1_700_000_000_000],
    [jwt('{"exp": 1700000000.5}'), 1_700_000_000_500],
    [jwt('{"sub": "a"}'), undefined],
    ['opaque', undefined],
    ['a.b.c', undefined],
    [jwt('[]'), undefined],
    [jwt('not json'), undefined],
  ])('of %s', (token, expiry) => expect(tokenExpiry(tokenClaims(token))).toBe(expiry));

  it.each(['"abc"', '{}', '[1]', 'true', 'null'])('of an exp that is no number (%s) is none', (exp) => {
    expect(tokenExpiry(tokenClaims(jwt(`{"exp": ${exp}}`)))).toBeUndefined();
  });
});

describe('tokenHash', () => {
  it('tells tokens apart and holds none', () => {
    expect(tokenHash('a')).not.toBe(tokenHash('b'));
    expect(tokenHash('secret-token')).not.toContain('secret');
  });
});
