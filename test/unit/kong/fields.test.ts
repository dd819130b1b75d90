import { describe, expect, it } from 'vitest';
import { CONFIG, convert, envoyOf, HOST, saidOf } from './support.ts';

const ROUTE = [{ name: 'r', paths: ['/r'] }];
const fieldsOf = (options = {}) => convert(ROUTE, options).routes[0]?.fields;

describe('the metadata of a route', () => {
  it("are the plugin's fields, Kong's mode, and the host that Kong would sign", () => {
    expect(fieldsOf()).toEqual({ compat: 'kong', ...CONFIG, override_target_host: HOST });
  });

  it('leave out what is null, as decK writes what is not set', () => {
    expect(fieldsOf({ config: { auth_header: null, override_target_port: null } })).toEqual(fieldsOf());
  });

  it.each([
    ['the port alone', { override_target_port: 8443 }, 443, { override_target_host: HOST, override_target_port: 8443 }],
    ['the host alone', { override_target_host: 'a.example' }, 443, { override_target_host: 'a.example' }],
    [
      'the host alone, elsewhere than on 443',
      { override_target_host: 'a.example' },
      8443,
      { override_target_host: 'a.example', override_target_port: 8443 },
    ],
  ])('name what Kong keeps where the plugin overrides %s', (_, config, port, target) => {
    const service = { url: `https://${HOST}:${port}` };
    expect(fieldsOf({ config, service })).toEqual({ compat: 'kong', ...CONFIG, ...target });
  });

  it('give an account id of 1.0.8 its leading zeros back', () => {
    const conversion = convert(ROUTE, { config: { aws_assume_role_arn: null, aws_account_id: 12345678 } });
    expect(conversion.routes[0]?.fields).toMatchObject({ aws_account_id: '000012345678' });
    expect(saidOf(conversion)).toEqual([
      "note services[0].plugins[0].config.aws_account_id: is a number: taken as '000012345678'",
    ]);
  });

  it('hold no override beside an altered target: the signer takes the host that Envoy set', () => {
    const config = { use_altered_target: true };
    expect(fieldsOf({ config })).toEqual({ compat: 'kong', ...CONFIG, ...config });
  });

  it.each<[string, object, string]>([
    ['a vault reference', { aws_assume_role_arn: '{vault://aws/role}' }, 'aws_assume_role_arn: is a reference'],
    ["decK's variable", { aws_region: '$'.concat('{{ env "DECK_REGION" }}') }, 'aws_region: is a reference'],
    ['no region', { aws_region: null }, 'aws_region is required'],
    ['a wrong type', { sign_query: 'yes' }, 'sign_query must be a boolean'],
    ['two roles', { aws_account_id: '123456789012' }, 'exclude each other'],
    ['a host with a scheme', { override_target_host: 'https://a.example' }, 'override_target_host must be'],
  ])('are not made of %s', (_, config, says) => {
    const conversion = convert(ROUTE, { config });
    expect(conversion.routes).toEqual([]);
    expect(saidOf(conversion).join('\n')).toContain(says);
    expect(saidOf(conversion)).toContainEqual(
      expect.stringMatching(/^error services\[0\]\.routes\[0\]: r is left out/),
    );
  });

  it('never hold what the plugin does not know, even where the signer does', () => {
    const conversion = convert(ROUTE, { config: { payload: 'unsigned', on_missing_token: 'deny' } });
    expect(conversion.routes[0]?.fields).toEqual(fieldsOf());
    expect(saidOf(conversion)).toEqual([
      'error services[0].plugins[0].config.payload: is no field of the plugin: left out',
      'error services[0].plugins[0].config.on_missing_token: is no field of the plugin: left out',
    ]);
  });
});

describe('the cluster', () => {
  const clusterOf = (options = {}) => envoyOf(convert(ROUTE, options)).clusters[0];

  it('speaks TLS with the name that is signed', () => {
    expect(clusterOf()).toMatchObject({
      name: 'abc-execute-api-eu-west-1-amazonaws-com',
      transport_socket: { typed_config: { sni: HOST, auto_sni_san_validation: true } },
    });
  });

  it('is that of the override, not of the service', () => {
    const config = { override_target_host: 'a.example', override_target_port: 8443, override_target_protocol: 'https' };
    expect(clusterOf({ config, service: { url: 'http://placeholder.example' } })).toMatchObject({
      name: 'a-example-8443',
      transport_socket: { typed_config: { sni: 'a.example' } },
    });
  });

  it('speaks no TLS where Kong did not, which is said', () => {
    const conversion = convert(ROUTE, { service: { url: 'http://inside.example' } });
    expect(envoyOf(conversion).clusters[0]).not.toHaveProperty('transport_socket');
    expect(saidOf(conversion)).toEqual([expect.stringContaining('without TLS')]);
  });

  it('of an address verifies the certificate for it', () => {
    const cluster = clusterOf({ service: { url: 'https://[2001:db8::1]:8443' } });
    expect(cluster).toMatchObject({ name: '2001-db8-1-8443', type: 'STATIC' });
    expect(JSON.stringify(cluster)).toContain('"matcher":{"exact":"2001:db8::1"}');
  });

  it('is one for each protocol, host and port', () => {
    const plugins = (port: number) => [
      {
        name: 'aws-request-signing',
        config: { ...CONFIG, override_target_host: 'a.example', override_target_port: port },
      },
    ];
    const routes = [
      { name: 'a', paths: ['/a'], plugins: plugins(443) },
      { name: 'b', paths: ['/b'], plugins: plugins(443) },
      { name: 'c', paths: ['/c'], plugins: plugins(444) },
    ];
    expect(envoyOf(convert(routes)).clusters.map(({ name }) => name)).toEqual([
      'a-example',
      'a-example-444',
      'sigv4-extproc',
    ]);
  });
});

describe('what the signer may write', () => {
  const rulesOf = (config: object) => {
    const { clusters } = envoyOf(convert(ROUTE, { config }));
    return JSON.stringify(clusters[0]).match(/"mutation_rules":(\{.*?\}),?"?/)?.[0];
  };

  it('are the headers that the plugin names too', () => {
    expect(rulesOf({ auth_header: 'X-Caller' })).toMatch(/disallow_all.*\|retry-after\|x-caller"/);
    expect(rulesOf({ auth_header: 'x-authorization' })).toMatch(/disallow_all.*\|retry-after"/);
  });

  it('are all but system headers where these do not fit into an expression of Envoy', () => {
    expect(rulesOf({ auth_header: 'x-the-token-of-the-calling-application' })).toContain('allow_all_routing');
  });
});
