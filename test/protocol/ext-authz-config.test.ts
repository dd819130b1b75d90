import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseServerFile } from '../../src/config/server-file.ts';
import { headerValue } from '../support/envoy-mutations.ts';
import { type ExtAuthzBench, startExtAuthzBench } from '../support/ext-authz-bench.ts';
import { afterCheck, type CheckShape, ExtAuthzClient } from '../support/ext-authz-client.ts';

const FILE = `
unconfigured: pass
defaults: {aws_region: eu-west-1}
profiles:
  lambda: {aws_service: lambda}
  by-route-name: {aws_service: by-route-name}
  by-authority: {aws_service: by-authority}
`;
const NAMESPACE = 'aws-request-signing';

let bench: ExtAuthzBench;
let byAuthority: ExtAuthzClient;
beforeAll(async () => {
  bench = await startExtAuthzBench({ server: parseServerFile(FILE, 'server.yaml') });
  byAuthority = new ExtAuthzClient(bench.signer.address, 'by-authority');
});
afterAll(async () => {
  byAuthority.close();
  await bench.close();
});

interface Channels extends CheckShape {
  metadata?: Record<string, string | Buffer>;
  client?: ExtAuthzClient;
}

/** The service that a check with this config is signed for, or what it is refused with. */
async function outcome({ metadata = {}, client = bench.envoy, ...shape }: Channels) {
  const answer = await client.check(shape, metadata);
  if (answer.denied_response) return JSON.parse(answer.denied_response.body ?? '') as { code: string; message: string };
  const authorization = headerValue(afterCheck(shape, answer), 'authorization') ?? '';
  return /Credential=[^/]+\/\d{8}\/([^/]+\/[^/]+)\//.exec(authorization)?.[1];
}

const json = (config: object) => JSON.stringify(config);
const S3 = { aws_service: 's3' };
const binary = (config: object) => ({ 'x-aws-request-signing-bin': Buffer.from(json(config)) });

describe('the config of a check', () => {
  it.each<[string, Channels, string]>([
    ['route metadata', { route: { [NAMESPACE]: S3 } }, 'eu-west-1/s3'],
    ['a context extension', { extensions: { [NAMESPACE]: json(S3) } }, 'eu-west-1/s3'],
    ['gRPC metadata', { metadata: binary(S3) }, 'eu-west-1/s3'],
    [
      'gRPC metadata over route metadata',
      { metadata: binary(S3), route: { [NAMESPACE]: { aws_service: 'x' } } },
      'eu-west-1/s3',
    ],
    ['dynamic metadata', { dynamic: { [NAMESPACE]: S3 } }, 'eu-west-1/s3'],
    [
      'dynamic metadata over route metadata',
      { route: { [NAMESPACE]: { ...S3, aws_region: 'us-east-1' } }, dynamic: { [NAMESPACE]: { aws_service: 'sqs' } } },
      'us-east-1/sqs',
    ],
    [
      'dynamic metadata over a context extension',
      { extensions: { [NAMESPACE]: json(S3) }, dynamic: { [NAMESPACE]: { aws_region: 'us-east-1' } } },
      'us-east-1/s3',
    ],
    [
      'a profile that a context extension names',
      { extensions: { [NAMESPACE]: json({ profile: 'lambda' }) } },
      'eu-west-1/lambda',
    ],
    [
      'a profile of the gRPC authority',
      {
        get client() {
          return byAuthority;
        },
      },
      'eu-west-1/by-authority',
    ],
    [
      "a profile of the route's name",
      { metadata: { 'x-aws-request-signing-route-name': 'by-route-name' } },
      'eu-west-1/by-route-name',
    ],
  ])('comes by %s', async (_what, channels, expected) => {
    expect(await outcome(channels)).toBe(expected);
  });

  it('names the route in the report, where it is told', async () => {
    await outcome({ route: { [NAMESPACE]: S3 }, metadata: { 'x-aws-request-signing-route-name': 'reports' } });
    expect(bench.signer.reports.at(-1)).toMatchObject({ outcome: 'signed', routeName: 'reports', service: 's3' });
  });

  it.each<[string, Channels, string, RegExp]>([
    ['none, whatever unconfigured says', {}, 'SIGV4_ROUTE_NOT_CONFIGURED', /no signing config/],
    ['empty', { extensions: { [NAMESPACE]: '{}' } }, 'SIGV4_CONFIG_INVALID', /aws_service is required/],
    ['no JSON', { extensions: { [NAMESPACE]: 'aws_service: s3' } }, 'SIGV4_CONFIG_INVALID', /not JSON/],
    ['empty text', { extensions: { [NAMESPACE]: '' } }, 'SIGV4_CONFIG_INVALID', /not JSON/],
    ['an unknown field', { route: { [NAMESPACE]: { a: 1 } } }, 'SIGV4_CONFIG_INVALID', /a is not a known field/],
    ['an unknown profile', { extensions: { [NAMESPACE]: '{"profile":"x"}' } }, 'SIGV4_PROFILE_UNKNOWN', /profile/],
    [
      "another's STS",
      { extensions: { [NAMESPACE]: json({ ...S3, aws_sts_endpoint: 'https://sts.evil.test' }) } },
      'SIGV4_CONFIG_INVALID',
      /aws_sts_endpoint/,
    ],
    [
      'twice',
      { extensions: { [NAMESPACE]: json(S3) }, route: { [NAMESPACE]: S3 } },
      'SIGV4_CONFIG_INVALID',
      /both the context extension/,
    ],
    [
      'in another namespace',
      { route: { other: S3 }, dynamic: { other: S3 }, extensions: { other: json(S3) } },
      'SIGV4_ROUTE_NOT_CONFIGURED',
      /no signing config/,
    ],
  ])('that is %s is an error', async (_what, channels, code, message) => {
    expect(await outcome(channels)).toEqual({ code, message: expect.stringMatching(message) });
  });

  it('is told apart by channel and text, request after request', async () => {
    const config = json(S3);
    for (let round = 0; round < 2; round++) {
      expect(await outcome({ extensions: { [NAMESPACE]: config } })).toBe('eu-west-1/s3');
      expect(await outcome({ extensions: { [NAMESPACE]: config }, route: { [NAMESPACE]: S3 } })).toMatchObject({
        code: 'SIGV4_CONFIG_INVALID',
      });
      expect(await outcome({ route: { [NAMESPACE]: S3 } })).toBe('eu-west-1/s3');
      expect(await outcome({ headers: [['x-aws-request-signing', config]] })).toMatchObject({
        code: 'SIGV4_ROUTE_NOT_CONFIGURED',
      });
    }
  });
});
