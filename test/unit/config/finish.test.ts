import { describe, expect, it } from 'vitest';
import { finishConfig } from '../../../src/config/finish.ts';
import type { IdentitySettings } from '../../../src/config/finish-identity.ts';
import { DEFAULT_SERVER_CONFIG } from '../../../src/config/index.ts';
import { parseLayer } from '../../../src/config/layer.ts';
import { mergeLayers } from '../../../src/config/merge.ts';

const ARN = 'arn:aws:iam::123456789012:role/team/orders';
const BASE = { aws_region: 'eu-west-1', aws_service: 'execute-api' };

const text = (value: string) => [{ kind: 'text', text: value }];

const finished = (fields: object, server: Partial<IdentitySettings> = {}) =>
  finishConfig(mergeLayers([parseLayer('defaults', { ...BASE, ...fields })]), { ...DEFAULT_SERVER_CONFIG, ...server });

describe('a config without more', () => {
  it('signs the payload with the workload’s own keys for the host as it came', () => {
    const config = finished({});
    expect(config).toMatchObject({
      region: 'eu-west-1',
      service: 'execute-api',
      identity: { source: 'workload', sts: { region: 'eu-west-1', fips: false, dualStack: false } },
      callerToken: { header: 'authorization', copyHeader: 'x-authorization', keepCopy: false, onMissing: 'deny' },
      target: { kind: 'keep' },
      payload: 'signed',
      signedHeaders: new Set(),
    });
    expect(config).not.toHaveProperty('scheme');
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each([
    ['aws_region', { aws_service: 's3' }],
    ['aws_service', { aws_region: 'eu-west-1' }],
  ])('needs %s', (name, fields) => {
    expect(() => finishConfig(mergeLayers([parseLayer('route', fields)]), DEFAULT_SERVER_CONFIG)).toThrow(
      `${name} is required`,
    );
  });
});

describe('the identity', () => {
  it.each<[object, object]>([
    [{ aws_assume_role_arn: ARN }, { source: 'caller', role: { arn: ARN } }],
    [
      { aws_assume_role_arn: ARN, aws_assume_role_name: 'nightly' },
      { source: 'caller', role: { arn: ARN, sessionName: text('nightly') } },
    ],
    [
      { aws_assume_role_arn: ARN, aws_assume_role_name: 'nightly', session_name: 'mine', duration_seconds: 900 },
      { role: { arn: ARN, sessionName: text('mine'), durationSeconds: 900 } },
    ],
    [
      { aws_account_id: '123456789012', aws_assume_role_name: 'orders' },
      { source: 'caller', role: { arn: 'arn:aws:iam::123456789012:role/orders', sessionName: text('orders') } },
    ],
    [
      { aws_account_id: '123456789012', aws_assume_role_name: 'orders', aws_region: 'cn-north-1' },
      { role: { arn: 'arn:aws-cn:iam::123456789012:role/orders' } },
    ],
    [
      { aws_assume_role_arn: ARN, credential_source: 'workload', aws_profile: 'p' },
      { source: 'workload', profile: 'p', role: { arn: ARN } },
    ],
    [{ aws_profile: 'p' }, { source: 'workload', profile: 'p' }],
    [
      { aws_sts_region: 'us-east-1', use_fips_endpoint: true, use_dualstack_endpoint: true },
      { sts: { region: 'us-east-1', fips: true, dualStack: true } },
    ],
    [{ aws_sts_endpoint: 'http://127.0.0.1:1' }, { sts: { region: 'eu-west-1', url: 'http://127.0.0.1:1' } }],
  ])('of %j', (fields, identity) => {
    expect(finished(fields).identity).toMatchObject(identity);
  });

  it.each<[object, string]>([
    [{ credential_source: 'caller' }, 'caller needs a role'],
    [{ aws_assume_role_arn: ARN, aws_profile: 'p' }, 'aws_profile belongs to credential_source: workload'],
    [{ aws_assume_role_name: 'a' }, 'aws_assume_role_name needs aws_account_id or aws_assume_role_arn'],
    [{ aws_account_id: '123456789012' }, 'aws_account_id needs aws_assume_role_name'],
    [{ session_name: 'ab' }, 'session_name needs a role'],
    [{ duration_seconds: 900 }, 'duration_seconds needs a role'],
  ])('%j is a contradiction', (fields, message) => {
    expect(() => finished(fields)).toThrow(message);
  });

  it.each(['/', 'path/', '/lead'])('a role named %s makes no ARN that IAM knows', (aws_assume_role_name) => {
    expect(() => finished({ aws_account_id: '123456789012', aws_assume_role_name })).toThrow();
  });

  it('an STS endpoint excludes the endpoints that the SDK would pick', () => {
    const aws_sts_endpoint = 'http://127.0.0.1:1';
    expect(() => finished({ aws_sts_endpoint, use_fips_endpoint: true })).toThrow();
    expect(() => finished({ aws_sts_endpoint, use_dualstack_endpoint: true })).toThrow();
  });
});

describe('the target', () => {
  it.each<[object, object]>([
    [{ override_target_host: 'a.test' }, { kind: 'override', authority: 'a.test' }],
    [{ override_target_host: 'a.test', override_target_port: 8443 }, { authority: 'a.test:8443' }],
    [{ override_target_host: 'a.test', override_target_port: 443 }, { authority: 'a.test' }],
    [{ override_target_host: 'a.test:80' }, { authority: 'a.test' }],
    [{ override_target_host: 'a.test:8080' }, { authority: 'a.test:8080' }],
    [{ override_target_host: '[::1]', override_target_port: 8443 }, { authority: '[::1]:8443' }],
    [{ override_target_host: '[::443]' }, { authority: '[::443]' }],
    [{ sign_host: 'a.test:443' }, { kind: 'sign-host', authority: 'a.test:443' }],
    [{ use_altered_target: true }, { kind: 'keep' }],
    [{ use_altered_target: false, override_target_host: 'a.test' }, { kind: 'override' }],
  ])('of %j', (fields, target) => {
    expect(finished(fields).target).toMatchObject(target);
  });

  it.each<[object, string]>([
    [{ override_target_port: 80 }, 'override_target_port needs override_target_host'],
    [{ override_target_host: 'a.test:80', override_target_port: 80 }, 'names a port besides'],
    [{ override_target_host: '[::1]:80', override_target_port: 80 }, 'names a port besides'],
    [{ override_target_host: 'a.test', allowed_hosts: ['*'] }, 'allowed_hosts'],
    [{ sign_host: 'a.test', allowed_hosts: ['*'] }, 'allowed_hosts'],
  ])('%j is a contradiction', (fields, message) => {
    expect(() => finished(fields)).toThrow(message);
  });

  it('takes the scheme from override_target_protocol', () => {
    expect(finished({ override_target_protocol: 'https' }).scheme).toBe('https');
  });
});

describe('the payload and the rules', () => {
  it('follow the service, and the fields before it', () => {
    expect(finished({ aws_service: 'vpc-lattice-svcs' }).payload).toBe('unsigned');
    expect(finished({ payload: 'unsigned' }).payload).toBe('unsigned');
    expect(finished({ aws_service: 's3' }).rules).toMatchObject({ pathEncoding: 'single', pathNormalization: false });
    expect(finished({ path_encoding: 'single', path_normalization: false }).rules).toMatchObject({
      pathEncoding: 'single',
      pathNormalization: false,
    });
  });

  it('of a query signature are its lifetime, 300 seconds where nothing is said', () => {
    expect(finished({ sign_query: true }).queryExpiresSeconds).toBe(300);
    expect(finished({ sign_query: true, sign_query_expires: 60 }).queryExpiresSeconds).toBe(60);
    expect(finished({ sign_query: false })).not.toHaveProperty('queryExpiresSeconds');
  });

  it('of SigV4A are a set of regions, and a region of STS’s own', () => {
    const set = { aws_region: 'us-*,eu-west-1', signing_algorithm: 'sigv4a', aws_sts_region: 'cn-north-1' };
    const role = { aws_account_id: '123456789012', aws_assume_role_name: 'a' };
    expect(finished({ ...set, ...role })).toMatchObject({
      algorithm: 'sigv4a',
      region: 'us-*,eu-west-1',
      identity: { role: { arn: 'arn:aws-cn:iam::123456789012:role/a' }, sts: { region: 'cn-north-1' } },
    });
    expect(() => finished({ ...set, signing_algorithm: 'sigv4' })).toThrow('aws_region is a set');
    expect(() => finished({ aws_region: '*' })).toThrow('aws_region is a set');
    expect(() => finished({ signing_algorithm: 'sigv4a' })).toThrow('sigv4a needs aws_sts_region');
  });

  it.each<[object, string]>([
    [{ aws_service: 'lambda', payload: 'unsigned' }, 'unsigned is refused'],
    [{ aws_service: 'vpc-lattice-svcs', payload: 'signed' }, 'nothing but unsigned'],
    [{ aws_service: 'vpc-lattice-svcs', payload: 'passthrough' }, 'nothing but unsigned'],
    [{ payload: 'streaming' }, 'only by S3'],
    [{ aws_service: 's3', payload: 'streaming', sign_query: true }, 'exclude each other'],
    [
      { aws_service: 's3', payload: 'streaming', signing_algorithm: 'sigv4a', aws_sts_region: 'eu-west-1' },
      'streaming needs signing_algorithm: sigv4',
    ],
    [{ aws_service: 's3', trailer_checksum: 'crc32' }, 'trailer_checksum belongs to payload: streaming'],
  ])('%j is a contradiction', (fields, message) => {
    expect(() => finished(fields)).toThrow(message);
  });
});
