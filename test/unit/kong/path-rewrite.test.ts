import { describe, expect, it } from 'vitest';
import { type KongPath, type Rewrite, rewriteOf } from '../../../src/kong/path-rewrite.ts';

/** Kong's rule in words of its own: base, then what the match left over, joined by one slash. */
function byKong(base: string, matched: string, path: string): string {
  const rest = path.slice(matched.length);
  const start = base.replace(/\/$/, '');
  if (rest !== '' && rest !== '/') return `${start}/${rest.replace(/^\//, '')}`;
  if (path === '/') return base;
  return path.endsWith('/') ? `${start}/` : start || '/';
}

/** What Envoy makes of a path by a rewrite; RE2 and JavaScript agree on these expressions. */
function byEnvoy(rewrite: Rewrite, path: KongPath, request: string): string {
  if ('prefix_rewrite' in rewrite && path.kind === 'prefix') {
    return `${rewrite.prefix_rewrite}${request.slice(path.prefix.length)}`;
  }
  if (!('regex_rewrite' in rewrite)) return request;
  const { pattern, substitution } = rewrite.regex_rewrite;
  return request.replace(new RegExp(pattern.regex, 'g'), substitution);
}

const BASES = ['/', '/s', '/s/', '/s/t.u'];
const RESTS = ['', '/', '/7', '/7/', '/a b/c', '/orders/orders'];

describe('the path behind a prefix is that of Kong', () => {
  const prefixes = ['/', '/orders', '/orders/', '/a.b+c', '/or'];
  const cases = BASES.flatMap((base) =>
    prefixes.flatMap((prefix) => [true, false].map((strip) => ({ base, prefix, strip }))),
  );

  it.each(cases)('$prefix on $base, strip_path: $strip', ({ base, prefix, strip }) => {
    const path: KongPath = { kind: 'prefix', prefix };
    const rewrite = rewriteOf(path, { base, strip });
    for (const rest of RESTS) {
      const request = prefix.endsWith('/') ? `${prefix}${rest.slice(1)}` : `${prefix}${rest}`;
      expect({ request, made: byEnvoy(rewrite, path, request) }).toEqual({
        request,
        made: byKong(base, strip ? prefix : '', request),
      });
    }
  });

  it('but for one that goes on without a slash, on a base (docs/migrating-from-kong.md)', () => {
    const path: KongPath = { kind: 'prefix', prefix: '/orders' };
    expect(byEnvoy(rewriteOf(path, { base: '/', strip: true }), path, '/ordersX')).toBe('/X');
    expect(byEnvoy(rewriteOf(path, { base: '/s', strip: true }), path, '/ordersX')).toBe('/sX');
    expect(byKong('/s', '/orders', '/ordersX')).toBe('/s/X');
  });
});

describe('the path behind a regular expression is that of Kong', () => {
  const requests = ['/v1', '/v22/', '/v1/items', '/v3/v4'];

  it.each(BASES.flatMap((base) => [true, false].map((strip) => ({ base, strip }))))(
    'on $base, strip_path: $strip',
    ({ base, strip }) => {
      const path: KongPath = { kind: 'regex', regex: '/v\\d+' };
      const rewrite = rewriteOf(path, { base, strip });
      for (const request of requests) {
        const matched = strip ? (/^\/v\d+/.exec(request)?.[0] ?? '') : '';
        expect(byEnvoy(rewrite, path, request)).toBe(byKong(base, matched, request));
      }
    },
  );
});
