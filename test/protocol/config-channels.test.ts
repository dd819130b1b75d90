import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseServerFile } from '../../src/config/server-file.ts';
import type { JsonObject } from '../../src/config/text-format/index.ts';
import { behind, headerValue } from '../support/envoy-mutations.ts';
import { ExtProcClient } from '../support/ext-proc-client.ts';
import { type RequestShape, requestHeaders, requestPairs } from '../support/ext-proc-messages.ts';
import { type InProcessSigner, startInProcess, stubWorkloadEnvironment } from '../support/in-process-signer.ts';
import { prng } from '../support/prng.ts';
import { printMetadata } from '../support/text-format-printer.ts';

const FILE = `
defaults: {aws_region: eu-west-1, aws_service: from-defaults}
profiles:
  lambda: {aws_service: lambda}
  by-route-name: {aws_service: by-route-name}
  by-authority: {aws_service: by-authority}
  targeted: {aws_service: targeted, override_target_host: profile.test, override_target_port: 8443}
`;

let signer: InProcessSigner;
let byAuthority: ExtProcClient;

beforeAll(async () => {
  stubWorkloadEnvironment();
  signer = await startInProcess({ server: parseServerFile(FILE, 'server.yaml') });
  byAuthority = new ExtProcClient(signer.address, 'by-authority');
});
afterAll(async () => {
  byAuthority.close();
  await signer.close();
  vi.unstubAllEnvs();
});

interface Channels extends RequestShape {
  metadata?: Record<string, string | Buffer>;
  client?: ExtProcClient;
}

/** What a request with this config is signed as, or the code that it is refused with. */
async function outcome({ metadata, client = signer.client, ...shape }: Channels) {
  const stream = client.open(metadata ? { metadata } : {});
  const answer = await stream.ask(requestHeaders(shape));
  stream.cancel();
  if (answer.immediate_response) {
    return { refused: JSON.parse(String(answer.immediate_response.body)) as { code: string; message: string } };
  }
  const headers = behind(requestPairs(shape), [answer]);
  const scope = /Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\//.exec(headerValue(headers, 'authorization') ?? '');
  return { region: scope?.[1], service: scope?.[2], host: headerValue(headers, ':authority') };
}

const json = (config: object) => ({ 'x-aws-request-signing': JSON.stringify(config) });
const binary = (config: object) => ({ 'x-aws-request-signing-bin': Buffer.from(JSON.stringify(config)) });
const text = (config: JsonObject, debug = false) =>
  printMetadata(
    prng(7),
    new Map([
      ['other', { aws_service: 'not-ours' }],
      ['aws-request-signing', config],
    ]),
    debug,
  );
const annotation = (config: object) =>
  printMetadata(
    prng(3),
    new Map([
      [
        'envoy-gateway',
        { resources: [{ kind: 'HTTPRoute', annotations: { 'aws-request-signing': JSON.stringify(config) } }] },
      ],
    ]),
    false,
  );
const dynamic = (config: Record<string, unknown>) => ({ dynamic: { 'aws-request-signing': config } });

describe('each channel', () => {
  const config = { aws_service: 'by-channel' };
  it.each<[string, Channels]>([
    ['gRPC metadata', { metadata: json(config) }],
    ['binary gRPC metadata', { metadata: binary(config) }],
    ['xds.route_metadata', { attributes: { 'xds.route_metadata': text(config) } }],
    ['xds.route_metadata in the debug form', { attributes: { 'xds.route_metadata': text(config, true) } }],
    ['xds.virtual_host_metadata', { attributes: { 'xds.virtual_host_metadata': text(config) } }],
    ['xds.cluster_metadata', { attributes: { 'xds.cluster_metadata': text(config) } }],
    ['Envoy Gateway’s annotation', { attributes: { 'xds.route_metadata': annotation(config) } }],
    ['dynamic metadata', dynamic(config)],
  ])('%s', async (_, channels) => {
    expect(await outcome(channels)).toEqual({ region: 'eu-west-1', service: 'by-channel', host: 'client.test' });
  });

  it.each<[string, Channels, string]>([
    ['named in a route', { metadata: json({ profile: 'lambda' }) }, 'lambda'],
    ['named in dynamic metadata', dynamic({ profile: 'lambda' }), 'lambda'],
    ['by the route’s name', { attributes: { 'xds.route_name': 'by-route-name' } }, 'by-route-name'],
    ['by an unknown route’s name: none', { attributes: { 'xds.route_name': 'nope' } }, 'from-defaults'],
  ])('a profile %s', async (_, channels, service) => {
    expect(await outcome(channels)).toMatchObject({ service });
  });

  it('a profile by the gRPC authority', async () => {
    expect(await outcome({ client: byAuthority })).toMatchObject({ service: 'by-authority' });
  });

  it('a profile by the route’s name goes before one by the authority, a named one before both', async () => {
    const attributes = { 'xds.route_name': 'by-route-name' };
    expect(await outcome({ client: byAuthority, attributes })).toMatchObject({ service: 'by-route-name' });
    expect(await outcome({ client: byAuthority, attributes, metadata: json({ profile: 'lambda' }) })).toMatchObject({
      service: 'lambda',
    });
    expect(await outcome({ client: byAuthority, ...dynamic({ profile: 'nope' }) })).toMatchObject({
      refused: { code: 'SIGV4_PROFILE_UNKNOWN' },
    });
  });

  it('binary metadata carries what is beyond ASCII', async () => {
    expect(await outcome({ metadata: binary({ aws_profile: 'büro', aws_service: 'x' }) })).toMatchObject({
      refused: { code: 'SIGV4_NO_WORKLOAD_CREDENTIALS' },
    });
  });
});

describe('precedence', () => {
  const layers: [string, (service: string) => Channels][] = [
    ['cluster', (aws_service) => ({ attributes: { 'xds.cluster_metadata': text({ aws_service }) } })],
    ['virtual host', (aws_service) => ({ attributes: { 'xds.virtual_host_metadata': text({ aws_service }) } })],
    ['route', (aws_service) => ({ metadata: json({ aws_service }) })],
    ['dynamic', (aws_service) => dynamic({ aws_service })],
  ];

  it.each(layers.slice(1).map(([name], index) => [name, layers[index]?.[0] ?? '', index] as const))(
    '%s goes before %s',
    async (_, __, index) => {
      const lower = layers[index]?.[1]('lower') ?? {};
      const higher = layers[index + 1]?.[1]('higher') ?? {};
      const attributes = { ...lower.attributes, ...higher.attributes };
      expect(await outcome({ ...lower, ...higher, attributes })).toMatchObject({ service: 'higher' });
    },
  );

  it('cluster goes before a profile, and a profile before the defaults', async () => {
    const attributes = { 'xds.cluster_metadata': text({ profile: 'targeted' }) };
    expect(await outcome({ attributes })).toEqual({
      region: 'eu-west-1',
      service: 'targeted',
      host: 'profile.test:8443',
    });
    const over = { 'xds.cluster_metadata': text({ profile: 'targeted', aws_service: 'cluster' }) };
    expect(await outcome({ attributes: over })).toMatchObject({ service: 'cluster', host: 'profile.test:8443' });
  });

  it('null unsets, and a rival displaces', async () => {
    const profile = { profile: 'targeted' };
    const unset = { override_target_host: null, override_target_port: null };
    expect(await outcome({ metadata: json({ ...profile, ...unset }) })).toMatchObject({ host: 'client.test' });
    expect(await outcome({ metadata: json({ ...profile, use_altered_target: true }) })).toMatchObject({
      host: 'client.test',
    });
    expect(await outcome({ metadata: json({ ...profile, sign_host: 'signed.test' }) })).toMatchObject({
      host: 'client.test',
    });
  });

  it('where the route’s JSON is there, its text is not read; an empty config is a config', async () => {
    const attributes = { 'xds.route_metadata': 'not { text' };
    expect(await outcome({ metadata: json({ aws_service: 'json' }), attributes })).toMatchObject({ service: 'json' });
    expect(await outcome({ attributes })).toMatchObject({ refused: { code: 'SIGV4_CONFIG_INVALID' } });
    expect(await outcome({ metadata: json({}), attributes })).toMatchObject({ service: 'from-defaults' });
  });

  it('the route’s own metadata and an annotation exclude each other', async () => {
    const both = text({ aws_service: 'a' }) + annotation({ aws_service: 'a' });
    const { refused } = await outcome({ attributes: { 'xds.route_metadata': both } });
    expect(refused).toMatchObject({ code: 'SIGV4_CONFIG_INVALID' });
  });
});

describe('what is malformed is refused, and names its channel', () => {
  it.each<[string, Channels, string]>([
    ['JSON', { metadata: { 'x-aws-request-signing': '{' } }, '(route)'],
    ['a JSON value that is no object', { metadata: { 'x-aws-request-signing': '[]' } }, '(route)'],
    ['an empty binary value', { metadata: { 'x-aws-request-signing-bin': Buffer.from('{"a') } }, '(route)'],
    ['text', { attributes: { 'xds.cluster_metadata': 'filter_metadata {' } }, '(cluster)'],
    ['an annotation', { attributes: { 'xds.route_metadata': annotation([]) } }, '(route)'],
    ['dynamic metadata', dynamic({ aws_region: 5 }), '(dynamic metadata)'],
    ['two targets', { metadata: json({ sign_host: 'a.test', use_altered_target: true }) }, 'exclude each other'],
    ['two roles', dynamic({ aws_assume_role_arn: 'arn:aws:iam::1:role/a', aws_account_id: '123456789012' }), 'exclude'],
  ])('%s', async (_, channels, named) => {
    const { refused } = await outcome(channels);
    expect(refused?.code).toBe('SIGV4_CONFIG_INVALID');
    expect(refused?.message).toContain(named);
  });
});
