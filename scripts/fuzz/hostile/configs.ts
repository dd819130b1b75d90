import { DEMO_WORKLOAD } from '../../../test/stand-in/demo-config.ts';
import { toStruct } from '../../../test/support/ext-proc-messages.ts';
import type { Prng } from '../../../test/support/prng.ts';
import { damaged, hostileBytes, longBytes } from './bytes.ts';

const API = { aws_region: 'eu-west-1', aws_service: 'execute-api' };
const BUCKET = {
  aws_region: 'eu-west-1',
  aws_service: 's3',
  override_target_host: 'bucket.s3.eu-west-1.amazonaws.com',
};
const CALLER = {
  ...API,
  aws_assume_role_arn: 'arn:aws:iam::123456789012:role/orders-caller',
  use_altered_target: true,
};

/** Routes as they should be. */
const SOUND: readonly object[] = [
  { ...API, override_target_host: 'api.aws.test' },
  { ...API, override_target_host: 'api.aws.test', sign_query: true },
  { ...API, payload: 'unsigned', signed_headers: ['x-custom', 'date', 'cookie'] },
  { ...API, allowed_hosts: ['*.aws.test', '*a*b*c*d*e*', '*'] },
  { ...API, sign_host: 'api.aws.test', payload: 'passthrough' },
  { ...API, aws_region: '*', aws_sts_region: 'us-east-1', signing_algorithm: 'sigv4a' },
  { ...API, aws_service: 'lambda' },
  { ...API, aws_service: 'vpc-lattice-svcs', aws_sts_region: 'us-east-1' },
  { ...API, aws_service: 'iotdevicegateway', sign_query: true, sign_query_expires: 60 },
  BUCKET,
  { ...BUCKET, override_target_host: null, use_altered_target: true },
  { ...BUCKET, payload: 'unsigned' },
  { ...BUCKET, payload: 'passthrough' },
  { ...BUCKET, payload: 'streaming' },
  { ...BUCKET, payload: 'streaming', trailer_checksum: 'crc32' },
  { ...BUCKET, payload: 'streaming', trailer_checksum: 'crc64nvme' },
  { ...BUCKET, sign_query: true },
  CALLER,
  { ...CALLER, on_missing_token: 'pass' },
  { ...CALLER, auth_header: 'cookie', preserve_auth_header: true },
];

/** A route for uploads of any size. */
export function uploadConfig(random: Prng): ConfigChannels {
  const checksum = random.pick([undefined, 'crc32', 'crc32c', 'crc64nvme']);
  const route = { ...BUCKET, payload: 'streaming', ...(checksum && { trailer_checksum: checksum }) };
  return { initialMetadata: JSON.stringify(route), attributes: {}, dynamic: {} };
}

/** Raw JSON, as an object literal could not hold all of it. */
const JUNK = [
  ...[
    'null',
    'true',
    '0',
    '-1',
    '1e999',
    '""',
    '"\\u0000"',
    '[]',
    '{}',
    '[[]]',
    '"__proto__"',
    '9007199254740993',
    '"*"',
  ],
  ...['{"__proto__":{"aws_region":"x"}}', '["x-a","x-a"]', '[null]', '"eu-west-1"', '"s3"', '"http://127.0.0.1:1/"'],
];
const FIELDS = [
  ...[
    'profile',
    'aws_region',
    'aws_service',
    'credential_source',
    'aws_profile',
    'aws_assume_role_arn',
    'aws_account_id',
  ],
  ...[
    'aws_assume_role_name',
    'session_name',
    'duration_seconds',
    'auth_header',
    'preserve_auth_header',
    'on_missing_token',
  ],
  ...[
    'preserve_auth_header_key',
    'aws_sts_region',
    'use_fips_endpoint',
    'override_target_host',
    'override_target_port',
  ],
  ...[
    'override_target_protocol',
    'use_altered_target',
    'sign_host',
    'allowed_hosts',
    'signing_algorithm',
    'sign_query',
  ],
  ...['sign_query_expires', 'payload', 'trailer_checksum', 'signed_headers', 'path_encoding', 'path_normalization'],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '',
    'aws_region\\u0000',
    DEMO_WORKLOAD.accessKeyId,
  ],
];

/** A route's config, in one or more of the ways in which Envoy may bring it. */
export interface ConfigChannels {
  initialMetadata: string | undefined;
  attributes: Record<string, string>;
  dynamic: Record<string, Record<string, unknown>>;
}

export function hostileConfig(random: Prng): ConfigChannels {
  const channels: ConfigChannels = { initialMetadata: undefined, attributes: {}, dynamic: {} };
  if (random.chance(0.95)) {
    const json = random.chance(0.9) ? JSON.stringify(random.pick(SOUND)) : hostileJson(random);
    if (random.chance(0.8)) channels.initialMetadata = json;
    else channels.attributes['xds.route_metadata'] = textFormat(random, json);
  }
  if (random.chance(0.05)) {
    const layer = random.pick(['xds.virtual_host_metadata', 'xds.cluster_metadata', 'xds.route_name']);
    channels.attributes[layer] = random.chance(0.5)
      ? hostileBytes(random, 20)
      : textFormat(random, hostileJson(random));
  }
  if (random.chance(0.03)) {
    channels.dynamic['aws-request-signing'] = {
      [random.pick(FIELDS)]: random.pick<unknown>(['x', 1, null, [], {}, ['*']]),
    };
  }
  return channels;
}

function hostileJson(random: Prng): string {
  if (random.chance(0.02)) return '['.repeat(random.pick([1000, 200_000]));
  if (random.chance(0.02)) return `{"aws_service":"${longBytes(random, 100_000)}"}`;
  const sound = JSON.stringify(random.pick(SOUND));
  if (random.chance(0.3)) return damaged(random, sound);
  return sound.replace(/}$/, `,"${random.pick(FIELDS)}":${random.pick(JUNK)}}`);
}

/** core.v3.Metadata in protobuf's text format, a little wrong more often than not. */
function textFormat(random: Prng, json: string): string {
  let fields = '';
  try {
    const { fields: struct = {} } = toStruct(JSON.parse(json)) as { fields?: Record<string, object> };
    for (const [key, value] of Object.entries(struct)) {
      const [[kind, content] = ['nullValue', 0]] = Object.entries(value);
      const name = kind.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`);
      fields += ` fields { key: ${JSON.stringify(key)} value { ${name}: ${JSON.stringify(content)} } }`;
    }
  } catch {
    fields = json;
  }
  const text = `filter_metadata { key: "aws-request-signing" value {${fields} } }`;
  return random.chance(0.4) ? text : damaged(random, text);
}
