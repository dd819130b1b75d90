import { describe, expect, it } from 'vitest';
import { convert, envoyOf, HOST, routesByDomains, saidOf } from './support.ts';

const matchesOf = (routes: readonly object[], file = {}) =>
  envoyOf(convert(routes, { file })).virtualHosts.flatMap((host) => host.routes.map(({ match }) => match));

describe('the match of a route', () => {
  it.each([
    ['no path', {}, { prefix: '/' }],
    ['a prefix', { paths: ['/a'] }, { prefix: '/a' }],
    ['a regular expression', { paths: ['~/a/\\d+'] }, { safe_regex: { regex: '/a/\\d+.*' } }],
    ['a method', { methods: ['GET'] }, { prefix: '/', headers: [{ name: ':method', string_match: { exact: 'GET' } }] }],
    [
      'methods',
      { methods: ['GET', 'M-SEARCH'] },
      { prefix: '/', headers: [{ name: ':method', string_match: { safe_regex: { regex: 'GET|M-SEARCH' } } }] },
    ],
    [
      'a header, in any case',
      { headers: { 'x-v': ['One'] } },
      { prefix: '/', headers: [{ name: 'x-v', string_match: { exact: 'One', ignore_case: true } }] },
    ],
    [
      'values of a header',
      { headers: { 'x-v': ['1.0', '2'] } },
      { prefix: '/', headers: [{ name: 'x-v', string_match: { safe_regex: { regex: '(?i)1\\.0|2' } } }] },
    ],
    [
      "a header's regular expression",
      { headers: { 'x-v': ['~*^a$'] } },
      { prefix: '/', headers: [{ name: 'x-v', string_match: { safe_regex: { regex: '(?i).*(?:a$).*' } } }] },
    ],
  ])('of %s', (_, route, match) => {
    expect(matchesOf([{ name: 'r', ...route }])).toEqual([match]);
  });

  it('takes plain paths of Kong before 3.0 by their characters', () => {
    const paths = ['/a.b~c_%20', '/a/\\d+$', '~/x'];
    expect(matchesOf([{ name: 'r', paths }], { _format_version: '2.1' })).toEqual([
      { safe_regex: { regex: '/a/\\d+' } },
      { prefix: '/a.b~c_%20' },
      { prefix: '~/x' },
    ]);
  });

  it.each([
    ['expression', 'http.path == "/a"'],
    ['snis', ['a.example']],
    ['sources', [{ ip: '10.0.0.1' }]],
    ['destinations', [{ port: 443 }]],
  ])('leaves out a route whose %s it would lose, not its metadata', (field, value) => {
    const conversion = convert([{ name: 'r', paths: ['/a'], [field]: value }]);
    expect(envoyOf(conversion).virtualHosts).toEqual([]);
    expect(conversion.routes.map(({ route }) => route.name)).toEqual(['r']);
    expect(saidOf(conversion)).toEqual([expect.stringMatching(`^error services\\[0\\]\\.routes\\[0\\]\\.${field}: `)]);
  });
});

describe('the order of routes is that of Kong', () => {
  it.each([
    ['more kinds of conditions first', [{ paths: ['/a/b/c'] }, { paths: ['/a'], methods: ['GET'] }], ['1', '0']],
    ['then more headers', [{ headers: { a: ['1'] } }, { headers: { a: ['1'], b: ['2'] } }], ['1', '0']],
    ['then regular expressions', [{ paths: ['/longer/than'] }, { paths: ['~/a'] }], ['1', '0']],
    [
      'by their priority',
      [
        { paths: ['~/a'], regex_priority: 1 },
        { paths: ['~/b'], regex_priority: 2 },
      ],
      ['1', '0'],
    ],
    ['then longer prefixes', [{ paths: ['/a'] }, { paths: ['/a/b'] }], ['1', '0']],
    ["then the file's order", [{ paths: ['/a'] }, { paths: ['/b'] }], ['0', '1']],
  ])('%s', (_, routes, order) => {
    const named = routes.map((route, index) => ({ name: String(index), ...route }));
    expect(routesByDomains(convert(named))).toEqual({ '*': order });
  });

  it('and before Kong 3.0 hosts before methods', () => {
    const routes = [
      { name: 'method', methods: ['GET'] },
      { name: 'host', hosts: ['*.example.com'] },
    ];
    expect(routesByDomains(convert(routes))['*.example.com']).toEqual(['method', 'host']);
    expect(routesByDomains(convert(routes, { file: { _format_version: '2.1' } }))['*.example.com']).toEqual([
      'host',
      'method',
    ]);
  });

  it('plain hosts before wildcards', () => {
    const conversion = convert([
      { name: 'wild', hosts: ['*.example.com'], paths: ['/a'] },
      { name: 'plain', hosts: ['a.example.com'], paths: ['/a'] },
    ]);
    expect(routesByDomains(conversion)).toEqual({
      'a.example.com': ['plain', 'wild'],
      '*.example.com': ['wild'],
    });
  });
});

describe('a virtual host', () => {
  it('holds all that Kong would look at for its host, and hosts of the same routes share one', () => {
    const conversion = convert([
      { name: 'a-b', hosts: ['A.example.com', 'b.example.com'] },
      { name: 'wild', hosts: ['*.example.com'] },
      { name: 'tail', hosts: ['shop.*'] },
      { name: 'shop', hosts: ['shop.example.com'] },
      { name: 'any' },
    ]);
    expect(routesByDomains(conversion)).toEqual({
      'a.example.com b.example.com': ['a-b', 'wild', 'any'],
      'shop.example.com': ['shop', 'wild', 'tail', 'any'],
      '*.example.com': ['wild', 'any'],
      'shop.*': ['tail', 'any'],
      '*': ['any'],
    });
    expect(saidOf(conversion)).toEqual([]);
  });

  it('without routes for any host has no `*`: Envoy answers 404 as Kong', () => {
    expect(routesByDomains(convert([{ name: 'r', hosts: ['a.example'] }]))).toEqual({ 'a.example': ['r'] });
  });
});

describe('the action of a route', () => {
  const actionOf = (route: object, options = {}) =>
    envoyOf(convert([{ name: 'r', ...route }], options)).virtualHosts[0]?.routes[0]?.route;

  it('sets the host, unless the client’s is kept', () => {
    expect(actionOf({})).toMatchObject({ host_rewrite_literal: HOST });
    expect(actionOf({ preserve_host: true })).not.toHaveProperty('host_rewrite_literal');
    const altered = {
      config: { use_altered_target: true, override_target_host: 'a.example', override_target_port: 8443 },
    };
    expect(actionOf({ preserve_host: true }, altered)).toMatchObject({ host_rewrite_literal: 'a.example:8443' });
  });

  it("has Kong's timeouts and no retries", () => {
    const service = { read_timeout: 90_000, write_timeout: 1500 };
    expect(actionOf({}, { service })).toMatchObject({ timeout: '0s', idle_timeout: '90s' });
    expect(actionOf({})).toMatchObject({ timeout: '0s', idle_timeout: '60s' });
    expect(actionOf({})).not.toHaveProperty('retry_policy');
  });
});
