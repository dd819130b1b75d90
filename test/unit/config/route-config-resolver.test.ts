import { describe, expect, it } from 'vitest';
import { type ConfigSources, RouteConfigResolver, type SigningConfig } from '../../../src/config/index.ts';
import { parseServerFile } from '../../../src/config/server-file.ts';
import { ConfigError } from '../../../src/errors/index.ts';
import { prepareRequest } from '../../../src/signer/prepare.ts';

const FIELDS = { aws_region: 'eu-west-1', aws_service: 'sqs', payload: 'signed', signed_headers: ['a'] };

const resolver = (file = '') => new RouteConfigResolver(parseServerFile(file, 'server.yaml'));
const route = (config: object): ConfigSources => ({ initialMetadata: JSON.stringify(config) });
const text = (entries: [string, string][]) =>
  `filter_metadata { key: "aws-request-signing" value { ${entries
    .map(([key, value]) => `fields { key: "${key}" value { string_value: "${value}" } }`)
    .join(' ')} } }`;

function errorOf(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Whether a route that allows only this glob takes a host. */
function hostMatcher(glob: string): (host: string) => boolean {
  const config = resolver().resolve(route({ ...FIELDS, allowed_hosts: [glob] })) as SigningConfig;
  return (authority) => {
    try {
      prepareRequest({ method: 'GET', path: '/', authority, headers: [] }, config);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'SIGV4_HOST_NOT_ALLOWED', status: 403 });
      return false;
    }
  };
}

describe('the same config', () => {
  it('is one object, whatever the order of its fields and whatever channel form they came by', () => {
    const configs = resolver();
    const reversed = Object.fromEntries(Object.entries(FIELDS).reverse());
    expect(configs.resolve(route(FIELDS))).toBe(configs.resolve(route(FIELDS)));
    expect(configs.resolve(route(reversed))).toBe(configs.resolve(route(FIELDS)));
    const entries: [string, string][] = [
      ['aws_region', 'eu-west-1'],
      ['aws_service', 'sqs'],
    ];
    const one = configs.resolve({ routeMetadata: text(entries) });
    expect(configs.resolve({ routeMetadata: text(entries.toReversed()) })).toBe(one);
    expect(configs.resolve(route(Object.fromEntries(entries)))).toBe(one);
  });

  it('is one object too where a layer beneath said the same', () => {
    const configs = resolver();
    const beneath = { clusterMetadata: text([['aws_service', 'overridden']]) };
    expect(configs.resolve({ ...route(FIELDS), ...beneath })).toBe(configs.resolve(route(FIELDS)));
  });

  it('of another layer, or of another value, is another object', () => {
    const configs = resolver();
    const fromRoute = configs.resolve(route(FIELDS));
    expect(configs.resolve({ dynamicMetadata: JSON.stringify(FIELDS) })).not.toBe(fromRoute);
    expect(configs.resolve(route({ ...FIELDS, signed_headers: ['b'] }))).not.toBe(fromRoute);
  });

  it('is kept apart by each of the sources', () => {
    const configs = resolver(
      'profiles: {p: {aws_service: by-name}}\ndefaults: {aws_region: eu-west-1, aws_service: d}',
    );
    const serviceOf = (sources: ConfigSources) => (configs.resolve(sources) as SigningConfig).service;
    const named = (name: string) => text([['aws_service', name]]);
    expect([
      serviceOf({ clusterMetadata: named('x') }),
      serviceOf({ virtualHostMetadata: named('y') }),
      serviceOf({ routeMetadata: named('z') }),
      serviceOf({ routeName: 'p' }),
      serviceOf({ grpcAuthority: 'p' }),
      serviceOf({ routeName: 'other', grpcAuthority: 'p' }),
      serviceOf({}),
    ]).toEqual(['x', 'y', 'z', 'by-name', 'by-name', 'by-name', 'd']);
  });
});

describe('a text that is all of a config', () => {
  const JSON_TEXT = JSON.stringify(FIELDS);

  it('is not taken for the same text of another channel', () => {
    const configs = resolver();
    expect(configs.resolve({ initialMetadata: JSON_TEXT })).toMatchObject({ service: 'sqs' });
    expect(() => configs.resolve({ routeMetadata: JSON_TEXT })).toThrow(ConfigError);
    expect(configs.resolve({ contextExtension: JSON_TEXT })).toMatchObject({ service: 'sqs' });
    expect(() => configs.resolve({ contextExtension: JSON_TEXT, initialMetadata: JSON_TEXT })).toThrow(ConfigError);
  });

  it('is not all of it where another layer says something, or a profile has its name', () => {
    const configs = resolver('profiles: {p: {override_target_host: a.test}}');
    const target = (more: ConfigSources) =>
      (configs.resolve({ initialMetadata: JSON_TEXT, ...more }) as SigningConfig).target;
    const alone = target({});
    const other = { kind: 'override', authority: 'b.test' };
    const layer = [['override_target_host', 'b.test']] as [string, string][];
    expect(target({ routeName: 'p' })).toMatchObject({ kind: 'override', authority: 'a.test' });
    expect(target({ clusterMetadata: text(layer) })).toMatchObject(other);
    expect(target({ virtualHostMetadata: text(layer) })).toMatchObject(other);
    expect(target({ dynamicMetadata: JSON.stringify(Object.fromEntries(layer)) })).toMatchObject(other);
    expect(target({ routeName: 'q', grpcAuthority: 'r', virtualHostMetadata: '', clusterMetadata: '' })).toEqual(alone);
  });
});

describe('errors', () => {
  it('are kept too, and thrown anew', () => {
    const configs = resolver();
    const first = errorOf(() => configs.resolve(route({ aws_region: 1 })));
    expect(errorOf(() => configs.resolve(route({ aws_region: 1 })))).toBe(first);
  });

  it.each<[string, ConfigSources, string]>([
    ['no source at all', {}, 'SIGV4_ROUTE_NOT_CONFIGURED'],
    ['attributes without our namespace', { routeMetadata: '', clusterMetadata: '' }, 'SIGV4_ROUTE_NOT_CONFIGURED'],
    ['an empty config', route({}), 'SIGV4_CONFIG_INVALID'],
    ['an unknown profile', route({ ...FIELDS, profile: 'x' }), 'SIGV4_PROFILE_UNKNOWN'],
    ['a name that objects inherit', route({ ...FIELDS, profile: 'constructor' }), 'SIGV4_PROFILE_UNKNOWN'],
  ])('%s', (_, sources, code) => {
    expect(errorOf(() => resolver().resolve(sources)).code).toBe(code);
  });
});

describe('unconfigured: pass', () => {
  const passing = () => resolver('unconfigured: pass');

  it('passes where the attribute proves that nothing is there', () => {
    expect(passing().resolve({ routeMetadata: '' })).toBe('unconfigured-pass');
    expect(passing().resolve({ routeMetadata: 'filter_metadata { key: "other" value { } }' })).toBe(
      'unconfigured-pass',
    );
  });

  it('does not pass without it, as a config may have been lost on its way', () => {
    const configs = passing();
    expect(configs.resolve({ routeMetadata: '' })).toBe('unconfigured-pass');
    expect(errorOf(() => configs.resolve({})).code).toBe('SIGV4_ROUTE_NOT_CONFIGURED');
    expect(errorOf(() => configs.resolve({ virtualHostMetadata: '', clusterMetadata: '' })).code).toBe(
      'SIGV4_ROUTE_NOT_CONFIGURED',
    );
  });

  it.each<[string, ConfigSources]>([
    ['a config that is wrong', { routeMetadata: '', dynamicMetadata: '{"x": 1}' }],
    ['a config that is not complete', { routeMetadata: '', dynamicMetadata: '{"aws_region": "eu-west-1"}' }],
    ['an unknown profile', { routeMetadata: text([['profile', 'nope']]) }],
    ['text that cannot be read', { routeMetadata: 'filter_metadata {' }],
  ])('does not pass %s', (_, sources) => {
    expect(() => passing().resolve(sources)).toThrow(ConfigError);
  });

  it('is not asked where the defaults suffice', () => {
    const configs = resolver('unconfigured: pass\ndefaults: {aws_region: eu-west-1, aws_service: sqs}');
    expect(configs.resolve({ routeMetadata: '' })).toMatchObject({ service: 'sqs' });
  });
});

describe('bounds', () => {
  it('ever new texts are forgotten again', () => {
    const configs = resolver();
    const first = errorOf(() => configs.resolve(route({ x: 'first' })));
    const large = 'y'.repeat(1024 * 1024);
    for (let i = 0; i < 40; i++) errorOf(() => configs.resolve({ initialMetadata: `${i}${large}` }));
    expect(errorOf(() => configs.resolve(route({ x: 'first' })))).not.toBe(first);
  });

  it('a text too large to be kept is answered all the same', () => {
    const padded = `${JSON.stringify(FIELDS)}${' '.repeat(33 * 1024 * 1024)}`;
    expect(resolver().resolve({ initialMetadata: padded })).toMatchObject({ service: 'sqs' });
  });
});

describe('allowed_hosts', () => {
  it.each<[string, string[], string[]]>([
    ['api.test', ['api.test', 'API.test', 'api.test:443'], ['xapi.test', 'api.test.evil', 'apixtest', 'api.test:8443']],
    ['*.api.test', ['a.api.test', 'a.b.api.test'], ['api.test', 'a.api.test.evil', 'aapi.test']],
    ['a*z', ['az', 'abcz'], ['a', 'za', 'azb']],
    ['a+(b)[c].test', ['a+(b)[c].test'], ['aab.test', 'abc.test']],
    ['*', ['anything', ''], []],
  ])('%s', (glob, matching, others) => {
    const matches = hostMatcher(glob);
    for (const host of matching) expect(matches(host), host).toBe(true);
    for (const host of others) expect(matches(host), host).toBe(false);
  });

  it('a tenant’s glob cannot stop the service', () => {
    const matches = hostMatcher('*a*a*a*a*b');
    const started = performance.now();
    expect(matches('a'.repeat(100))).toBe(false);
    expect(performance.now() - started).toBeLessThan(20);
  });
});
