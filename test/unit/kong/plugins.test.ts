import { describe, expect, it } from 'vitest';
import { convertKong } from '../../../src/kong/index.ts';
import { CONFIG, HOST, saidOf } from './support.ts';

const plugin = (role: string, more = {}) => ({
  name: 'aws-request-signing',
  config: { ...CONFIG, aws_assume_role_name: role },
  ...more,
});

/** A service and a route with the plugin at each of the places named. */
function convert(plugins: readonly object[], { onService = [], onRoute = [], file = {} } = {}) {
  const routes = [{ id: 'r-id', name: 'r', paths: ['/r'], plugins: onRoute }];
  const services = [{ id: 's-id', name: 's', url: `https://${HOST}`, plugins: onService, routes }];
  return convertKong(JSON.stringify({ _format_version: '3.0', services, plugins, ...file }));
}

const roleOf = (...args: Parameters<typeof convert>) => convert(...args).routes[0]?.fields.aws_assume_role_name;

describe('the entry that runs on a route', () => {
  const both = plugin('both', { route: 'r', service: { id: 's-id' } });
  const route = plugin('route', { route: { name: 'r' } });
  const service = plugin('service', { service: 's-id' });
  const global = plugin('global');

  it.each([
    ['both', [global, service, route, both]],
    ['both', [both, route, service, global]],
    ['route', [global, service, route]],
    ['service', [service, global]],
    ['global', [global]],
    ['route', [{ ...both, enabled: false }, route]],
    ['global', [{ ...service, enabled: false }, global]],
    ['global', [global, { ...route, consumer: 'alice' }, { ...route, consumer_group: { name: 'g' } }]],
    ['global', [global, { ...route, route: 'another' }]],
    [undefined, [{ ...global, enabled: false }]],
    [undefined, []],
  ])('is %s', (role, plugins) => {
    expect(roleOf(plugins)).toBe(role);
  });

  it('may be nested', () => {
    const nested = { onService: [plugin('on-service')] as never[], onRoute: [plugin('on-route')] as never[] };
    expect(roleOf([plugin('global')], nested)).toBe('on-route');
    expect(roleOf([plugin('global')], { onService: nested.onService })).toBe('on-service');
    expect(roleOf([plugin('both', { route: 'r', service: 's' })], nested)).toBe('both');
  });

  it("takes decK's shared config beneath its own", () => {
    const file = { _plugin_configs: { signed: { ...CONFIG, aws_assume_role_name: 'shared', sign_query: true } } };
    const entry = { name: 'aws-request-signing', _config: 'signed', config: { aws_assume_role_name: 'own' } };
    expect(convert([entry], { file }).routes[0]?.fields).toMatchObject({
      aws_assume_role_name: 'own',
      sign_query: true,
    });
    expect(saidOf(convert([{ ...entry, _config: 'other' }], { file }))).toContain(
      'error plugins[0]._config: no config of that name is in _plugin_configs',
    );
  });

  it('does not run on routes of gRPC, of no service or of a disabled one', () => {
    const file = {
      services: [{ name: 's', url: `https://${HOST}`, enabled: false, routes: [{ name: 'off', paths: ['/off'] }] }],
      routes: [
        { name: 'grpc', protocols: ['grpc', 'grpcs'], paths: ['/grpc'] },
        { name: 'alone', paths: ['/alone'] },
        { name: 'lost', service: 'nowhere', paths: ['/lost'] },
      ],
    };
    const conversion = convert([plugin('global')], { file });
    expect(conversion.routes).toEqual([]);
    expect(saidOf(conversion)).toEqual([
      'error routes[1]: has no service, where the plugin answers 500: left out',
      'error routes[2]: its service is not in the file: left out',
      'note services[0]: is disabled: its routes are left out',
    ]);
  });
});

describe('other plugins', () => {
  it.each([
    ['key-auth', 'guarded against in Envoy'],
    ['openid-connect', 'guarded against in Envoy'],
    ['rate-limiting-advanced', 'guarded against in Envoy'],
    ['request-transformer', 'ahead of the signer'],
    ['canary', 'weighted_clusters'],
    ['prometheus', 'see whether Envoy'],
  ])('%s: are noted where they run', (name, says) => {
    const said = saidOf(convert([plugin('global'), { name }, { name, enabled: false, route: 'r' }]));
    expect(said).toEqual([expect.stringMatching(`^note plugins\\[1\\]: ${name} runs on r too.*${says}`)]);
  });

  it('are of no concern on other routes', () => {
    const routes = [{ name: 'other', service: 's', paths: ['/other'], plugins: [{ name: 'key-auth' }] }];
    const said = saidOf(convert([plugin('route', { route: 'r' })], { file: { routes } }));
    expect(said).toEqual([expect.stringMatching(/^note : not in the output.*: other\./)]);
  });
});
