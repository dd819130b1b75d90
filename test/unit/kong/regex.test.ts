import { describe, expect, it } from 'vitest';
import { asFullMatch, escaped, toRe2 } from '../../../src/kong/regex.ts';

describe('a regular expression of Kong', () => {
  it.each([
    ['^/orders', '/orders'],
    ['/v\\d+/items', '/v\\d+/items'],
    ['/(?<id>\\d+)', '/(?P<id>\\d+)'],
    ["/(?'id'\\d+)", '/(?P<id>\\d+)'],
    ['/[(?=]+', '/[(?=]+'],
    ['/a\\(?=b', '/a\\(?=b'],
    ['/a\\+\\+', '/a\\+\\+'],
  ])('%s is %s for RE2', (source, regex) => {
    expect(toRe2(source)).toEqual({ regex });
  });

  it.each([
    ['/(?=a)', 'lookaround'],
    ['/(?<!a)b', 'lookaround'],
    ['/(?>a)', 'atomic'],
    ['/a++', 'possessive'],
    ['/a{2}+', 'possessive'],
    ['/(a)\\1', 'back reference'],
    ['/(?<a>b)\\k<a>', 'back reference'],
    ['/(?R)', 'PCRE'],
    ['/\\K', 'PCRE'],
    ['/(', 'is not a regular expression'],
    ['/[', 'is not a regular expression'],
  ])('%s is refused: %s', (source, says) => {
    expect(toRe2(source)).toEqual({ problem: expect.stringContaining(says) });
  });

  it.each([
    ['/orders', '/orders.*'],
    ['/orders$', '/orders'],
    ['/orders\\$', '/orders\\$.*'],
    ['/orders/.*', '/orders/.*'],
    ['/orders\\.*', '/orders\\.*.*'],
    ['/a|/b', '(?:/a|/b).*'],
    ['/a$|/b$', '(?:/a$|/b$).*'],
  ])('%s matches from the start: %s', (regex, full) => {
    expect(asFullMatch(regex)).toBe(full);
  });

  it('takes a literal text as it is', () => {
    const text = '/a.b+c(d)[e]{f}^$|?*\\';
    expect(new RegExp(`^${escaped(text)}$`).test(text)).toBe(true);
  });
});
