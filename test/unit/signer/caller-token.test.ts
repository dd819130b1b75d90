import { describe, expect, it } from 'vitest';
import type { CallerTokenRule } from '../../../src/config/index.ts';
import { callerToken, cookiesWithout } from '../../../src/signer/caller-token.ts';
import type { HeaderEntry } from '../../../src/signing/index.ts';

const RULE: CallerTokenRule = {
  header: 'authorization',
  cookie: 'id',
  copyHeader: 'x-authorization',
  keepCopy: false,
  onMissing: 'deny',
};
const SIGNED: HeaderEntry = ['authorization', 'AWS4-HMAC-SHA256 Credential=nonsense'];

describe('the caller’s token', () => {
  it.each<[string, HeaderEntry[], string]>([
    ['the header', [['authorization', 'Bearer aaaa']], 'aaaa'],
    ['the header, in any case', [['authorization', 'bEARER aaaa']], 'aaaa'],
    [
      'the header, where the cookie is there too',
      [
        ['authorization', 'Bearer aaaa'],
        ['cookie', 'id=bbbb'],
      ],
      'aaaa',
    ],
    ['the cookie', [['cookie', 'a=1; id=bbbb; c=2']], 'bbbb'],
    ['the cookie, in quotes', [['cookie', 'id="bbbb"']], 'bbbb'],
    [
      'the cookie, of several headers',
      [
        ['cookie', 'a=1'],
        ['cookie', 'id=bbbb'],
      ],
      'bbbb',
    ],
    ['the cookie, beside a signature with nonsense keys', [SIGNED, ['cookie', 'id=bbbb']], 'bbbb'],
  ])('is that of %s', (_, headers, token) => expect(callerToken(RULE, headers)).toBe(token));

  it.each<[string, HeaderEntry[], string]>([
    ['nothing', [], 'SIGV4_TOKEN_MISSING'],
    ['another cookie', [['cookie', 'xid=bbbb; id2=cccc']], 'SIGV4_TOKEN_MISSING'],
    ['a signature alone', [SIGNED], 'SIGV4_TOKEN_INVALID'],
    [
      'another scheme, a cookie beside it',
      [
        ['authorization', 'Basic aaaa'],
        ['cookie', 'id=bbbb'],
      ],
      'SIGV4_TOKEN_INVALID',
    ],
    [
      'two headers',
      [
        ['authorization', 'Bearer aaaa'],
        ['authorization', 'Bearer bbbb'],
      ],
      'SIGV4_TOKEN_INVALID',
    ],
    ['the cookie twice', [['cookie', 'id=aaaa; id=bbbb']], 'SIGV4_TOKEN_INVALID'],
    ['an empty cookie', [['cookie', 'id=']], 'SIGV4_TOKEN_INVALID'],
    ['a cookie that is no token', [['cookie', 'id=a b']], 'SIGV4_TOKEN_INVALID'],
  ])('of %s is none', (_, headers, code) => {
    expect(() => callerToken(RULE, headers)).toThrow(expect.objectContaining({ code, status: 401 }));
  });

  it('may be missing where the route says so, and only if nothing stands in its place', () => {
    const pass: CallerTokenRule = { ...RULE, onMissing: 'pass' };
    expect(callerToken(pass, [['cookie', 'a=1']])).toBeUndefined();
    for (const headers of [[SIGNED], [['authorization', '']], [['cookie', 'id=']]] satisfies HeaderEntry[][]) {
      expect(() => callerToken(pass, headers)).toThrow(expect.objectContaining({ code: 'SIGV4_TOKEN_INVALID' }));
    }
  });

  it('is not looked for in cookies unless the route names one', () => {
    const { cookie: _, ...rule } = RULE;
    expect(() => callerToken(rule, [['cookie', 'undefined=aaaa; id=bbbb']])).toThrow('sent no token');
  });
});

it.each([
  ['id=a', ''],
  ['id=a; b=2', 'b=2'],
  ['a=1; id=a; b=2; id=c', 'a=1; b=2'],
  ['xid=1;id=2', 'xid=1'],
  ['id', ''],
])('of the cookies %s, %j go on', (cookies, rest) => expect(cookiesWithout([['cookie', cookies]], 'id')).toBe(rest));
