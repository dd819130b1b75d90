import type { ServiceRules } from './types.ts';

const COMMON: ServiceRules = {
  pathEncoding: 'double',
  pathNormalization: true,
  unsignedPayload: 'allowed',
  streamingPayload: false,
  unsignedQueryToken: false,
  strippedHeaderPrefixes: [],
};

const S3_FAMILY: ServiceRules = {
  ...COMMON,
  pathEncoding: 'single',
  pathNormalization: false,
  streamingPayload: true,
};

/** The services, by signing name, that differ from the rest. */
const RULES: ReadonlyMap<string, ServiceRules> = new Map([
  ['s3', S3_FAMILY],
  ['s3-outposts', S3_FAMILY],
  ['s3-object-lambda', S3_FAMILY],
  ['s3express', S3_FAMILY],
  ['lambda', { ...COMMON, unsignedPayload: 'refused', strippedHeaderPrefixes: ['x-amzn-'] }],
  ['iotdevicegateway', { ...COMMON, unsignedQueryToken: true }],
  ['vpc-lattice-svcs', { ...COMMON, unsignedPayload: 'required' }],
]);

/** What a service signs and takes, by the name it has in the credential scope. */
export function serviceRules(service: string): ServiceRules {
  return RULES.get(service) ?? COMMON;
}
