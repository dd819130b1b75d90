import { describe, expect, it } from 'vitest';
import { type LayerOrigin, parseJsonLayer, parseLayer, withoutConflict } from '../../../src/config/layer.ts';
import { FIELD_NAMES, type FieldName } from '../../../src/config/layer-schema.ts';
import { ConfigError } from '../../../src/errors/index.ts';

/** Good and bad values of every field. */
const VALUES: Record<FieldName, { good: unknown[]; bad: unknown[] }> = {
  profile: { good: ['a', 'with space'], bad: ['', 1] },
  aws_region: {
    good: ['eu-west-1', 'us-gov-east-1', '*', 'us-*,eu-west-1'],
    bad: ['', 'EU', 'a.b', 'x/y', 'eu-west-1.evil.test#', 1, 'eu-west-1,', ',eu-west-1', 'a, b'],
  },
  aws_service: { good: ['s3', 'execute-api', 'S3_x.y'], bad: ['', 'a/b', 'a b', 'x'.repeat(65), true] },
  credential_source: { good: ['caller', 'workload'], bad: ['Caller', '', 1] },
  aws_profile: { good: ['p'], bad: ['', 1] },
  aws_assume_role_arn: {
    good: [
      'arn:aws:iam::123456789012:role/a',
      'arn:aws-cn:iam::123456789012:role/path/to/a',
      'arn:aws:iam::1:role/a=,.@-',
      'arn:minio:iam:::role/dummy-internal',
    ],
    bad: [
      '',
      'role/a',
      'arn:aws:iam::123456789012:user/a',
      'arn:aws:iam::123456789012:role/',
      'arn:aws:iam::1:role/a b',
    ],
  },
  aws_account_id: { good: ['012345678901'], bad: ['12345678901', '1234567890123', 12345678901, ' 123456789012'] },
  aws_assume_role_name: { good: ['a', 'path/role'], bad: ['', 'a b', 'a:b', 'x'.repeat(513)] },
  session_name: {
    good: ['ab', 'x'.repeat(64), '{claim.sub}', 'a{claim.https://a.test/team}', '{route_name}-{header.X-Team}'],
    bad: ['a', 'x'.repeat(65), 'a/b', 'ü-name', '{sub}', '{claim.}', 'a}', '{claim.sub', 'a b{claim.sub}'],
  },
  external_id: { good: ['ab', 'a:b/c'], bad: ['a', 'a b', 'x'.repeat(1225), 1] },
  source_identity: { good: ['ab', '{claim.sub}'], bad: ['a', 'a b', '{header.x}', 'x'.repeat(65), 'aws:a'] },
  session_tags: {
    good: [{}, { Team: 'red', 'cost center': '{claim.team}' }, { a: '' }],
    bad: [
      { 'aws:team': 'a' },
      { a: 'x'.repeat(257) },
      { a: '{header.x-team}' },
      { a: '#' },
      { a: 1 },
      { Team: 'a', team: 'b' },
      Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'v'])),
      ['a'],
    ],
  },
  transitive_tag_keys: { good: [['Team']], bad: ['Team', [1], ['#'], Array.from({ length: 51 }, (_, n) => `k${n}`)] },
  policy: { good: ['{"Version":"2012-10-17","Statement":[]}'], bad: ['', 'x', '[]', `{"a":"${'x'.repeat(2048)}"}`] },
  policy_arns: {
    good: [['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws-cn:iam::123456789012:policy/team/a']],
    bad: [['arn:aws:iam::1:role/a'], 'x', Array.from({ length: 11 }, () => 'arn:aws:iam::aws:policy/a')],
  },
  assume_role_chain: {
    good: [[], [{ role_arn: 'arn:aws:iam::123456789012:role/b', external_id: 'ab', session_name: '{claim.sub}' }]],
    bad: [
      [{}],
      [{ role_arn: 'b' }],
      [{ role_arn: 'arn:aws:iam::123456789012:role/b', region: 'x' }],
      [{ role_arn: 'arn:aws:iam::123456789012:role/b', duration_seconds: 1 }],
      Array.from({ length: 11 }, () => ({ role_arn: 'arn:aws:iam::123456789012:role/b' })),
    ],
  },
  credential_cache_scope: { good: ['caller', 'role'], bad: ['token', true] },
  return_aws_sts_error: { good: [true, false], bad: ['true'] },
  auth_cookie: { good: ['session', '__Host-id'], bad: ['', 'a b', 'a=b', 'a;b'] },
  compat: { good: ['kong'], bad: ['Kong', true] },
  duration_seconds: { good: [900, 43_200], bad: [899, 43_201, '900', 900.5, Number.NaN] },
  auth_header: { good: ['x-token', 'X-Token'], bad: ['', 'a b', ':path', 'a:b', 'ü'] },
  preserve_auth_header: { good: [true, false], bad: ['true', 0] },
  preserve_auth_header_key: { good: ['x-copy'], bad: ['', ':authority', 'a\nb'] },
  on_missing_token: { good: ['deny', 'pass'], bad: ['allow', true] },
  aws_sts_region: { good: ['eu-west-1'], bad: ['', 'a.evil.test'] },
  aws_sts_endpoint: { good: ['https://sts.eu-west-1.amazonaws.com'], bad: ['', 'sts', 'ftp://sts.amazonaws.com'] },
  use_fips_endpoint: { good: [true], bad: ['yes'] },
  use_dualstack_endpoint: { good: [true], bad: [1] },
  override_target_host: {
    good: ['a.test', 'a.test:8443', '[::1]:80', '10.0.0.1'],
    bad: ['', 'https://a.test', 'a.test/path', 'a b', 'user@a.test', 'a.test?x', '-a', 'a.test:', 'a\r\nb'],
  },
  override_target_port: { good: [1, 65_535], bad: [0, 65_536, '80', 80.5] },
  override_target_protocol: { good: ['http', 'https'], bad: ['h2', 'HTTPS'] },
  use_altered_target: { good: [true, false], bad: ['false'] },
  sign_host: { good: ['a.test'], bad: ['', 'http://a.test', 'a/b'] },
  rewrite_path: {
    good: [
      { strip_prefix: '/a/', replace: '/' },
      { strip_prefix: '/a', replace: '' },
      { strip_prefix: '/', replace: '/prod/@b' },
    ],
    bad: [
      '/a',
      {},
      { strip_prefix: '/a/' },
      { replace: '/' },
      { strip_prefix: 'a/', replace: '/' },
      { strip_prefix: '', replace: '/' },
      { strip_prefix: '/a?b', replace: '/' },
      { strip_prefix: '/a', replace: '/b#c' },
      { strip_prefix: '/a b', replace: '/' },
      { strip_prefix: '/ä', replace: '/' },
      { strip_prefix: '/a/', replace: 'b/' },
      { strip_prefix: '/a', replace: '/', regex: 'x' },
    ],
  },
  allowed_hosts: { good: [['*.a.test']], bad: [[], [''], '*.a.test', [1]] },
  signing_algorithm: { good: ['sigv4', 'sigv4a'], bad: ['SigV4', 'v4', true] },
  sign_query: { good: [true, false], bad: ['true', 1] },
  sign_query_expires: { good: [1, 604_800], bad: [0, 604_801, '300', 1.5] },
  payload: { good: ['signed', 'unsigned', 'passthrough', 'streaming'], bad: ['Signed', 'none'] },
  trailer_checksum: { good: ['crc32', 'crc32c', 'crc64nvme'], bad: ['sha256', 'CRC32', true] },
  signed_headers: {
    good: [[], ['accept', 'X-Team']],
    bad: [
      'accept',
      ['host'],
      ['Authorization'],
      ['x-forwarded-for'],
      ['content-length'],
      ['x-amz-date'],
      ['a b'],
      [':path'],
    ],
  },
  path_encoding: { good: ['single', 'double'], bad: ['none'] },
  path_normalization: { good: [true, false], bad: ['on'] },
};

const FROM_ENVOY: LayerOrigin[] = ['cluster', 'virtual host', 'route', 'dynamic metadata'];

function errorOf(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('each field', () => {
  it('is known to this test', () => {
    expect(Object.keys(VALUES).sort()).toEqual([...FIELD_NAMES].sort());
  });

  it.each(FIELD_NAMES)('%s', (name) => {
    for (const good of VALUES[name].good)
      expect(() => parseLayer('route', { [name]: good }), String(good)).not.toThrow();
    expect(parseLayer('route', { [name]: null }).fields).toEqual({ [name]: null });
    for (const bad of VALUES[name].bad) {
      const error = errorOf(() => parseLayer('route', { [name]: bad }));
      expect(error.code).toBe('SIGV4_CONFIG_INVALID');
      expect(error.message, JSON.stringify(bad)).toMatch(
        new RegExp(`^signing config \\(route\\): ${name}(?:\\[0\\])?(?:\\.[\\w:#]+)? `),
      );
    }
  });

  it('header names are taken in lower case', () => {
    const { fields } = parseLayer('route', { auth_header: 'X-Token', signed_headers: ['X-Team'] });
    expect(fields).toEqual({ auth_header: 'x-token', signed_headers: ['x-team'] });
  });
});

describe('a layer', () => {
  it('refuses unknown fields by name, all of them', () => {
    const { message } = errorOf(() => parseLayer('cluster', { aws_regoin: 'x', Payload: 1, aws_service: 7 }));
    expect(message).toContain('signing config (cluster): ');
    for (const part of [
      'aws_regoin is not a known field',
      'Payload is not a known field',
      'aws_service must be a string',
    ]) {
      expect(message).toContain(part);
    }
  });

  it.each([[[]], ['text'], [7], [null], [true]])('refuses %j', (value) => {
    expect(errorOf(() => parseLayer('route', value)).message).toMatch(/the config must be an? object/);
  });

  it('never repeats a value, which may be a secret in the wrong place', () => {
    const secret = 'wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY';
    for (const name of FIELD_NAMES) {
      for (const value of [secret, `${secret} ${secret}`, [secret], { a: secret }, `https://${secret}.test`]) {
        try {
          parseLayer('route', { [name]: value });
        } catch (error) {
          expect(`${(error as Error).message} ${String((error as Error).cause)}`).not.toContain(secret);
        }
      }
    }
    expect(errorOf(() => parseJsonLayer('route', `{"aws_region": ${secret}`)).message).not.toContain(secret);
    expect(errorOf(() => parseJsonLayer('route', `"${secret}"`)).message).not.toContain(secret);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('knows no field %s', (name) => {
    expect(errorOf(() => parseJsonLayer('route', `{"${name}": {"aws_region": "eu-west-1"}}`)).message).toContain(name);
  });

  it.each([
    [{ aws_assume_role_arn: 'arn:aws:iam::1:role/a', aws_account_id: '123456789012' }],
    [{ override_target_host: 'a.test', sign_host: 'b.test' }],
    [{ override_target_host: 'a.test', use_altered_target: true }],
    [{ sign_host: 'a.test', use_altered_target: true }],
  ])('refuses what excludes each other: %j', (fields) => {
    const { message } = errorOf(() => withoutConflict(parseLayer('defaults', fields), false));
    expect(message).toContain(`${Object.keys(fields).join(' and ')} exclude each other`);
  });

  it('lets one of a group stand beside a null or an unset flag', () => {
    for (const unset of [{ use_altered_target: false }, { override_target_host: null }]) {
      const layer = parseLayer('route', { sign_host: 'a.test', ...unset });
      expect(withoutConflict(layer, false).fields).toEqual({ sign_host: 'a.test', ...unset });
    }
  });
});

describe('an STS endpoint', () => {
  it.each(FROM_ENVOY)('of a %s has to be AWS’s', (origin) => {
    expect(errorOf(() => parseLayer(origin, { aws_sts_endpoint: 'https://sts.evil.test' })).message).toContain(
      'aws_sts_endpoint',
    );
    expect(() => parseLayer(origin, { aws_sts_endpoint: 'https://sts.eu-west-1.amazonaws.com' })).not.toThrow();
  });

  it.each(['defaults', 'profile'] as const)('of the file’s %s may be any', (origin) => {
    expect(() => parseLayer(origin, { aws_sts_endpoint: 'http://127.0.0.1:4566' })).not.toThrow();
  });
});
