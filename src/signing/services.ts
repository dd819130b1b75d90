import type { ServiceRules } from './types.ts';

const COMMON: ServiceRules = {
  pathEncoding: 'double',
  pathNormalization: true,
  unsignedPayload: 'allowed',
  streamingPayload: false,
  unsignedQueryToken: false,
  strippedHeaderPrefixes: [],
};

/** The names whose `disableDoubleEncoding` is set in the SDKs' endpoint rules. */
const S3_FAMILY: ServiceRules = {
  ...COMMON,
  pathEncoding: 'single',
  pathNormalization: false,
  streamingPayload: true,
};

/**
 * The services that differ from the rest, by signing name. docs/signing.md shows this table to users, the sources with
 * it; test/unit/signing/services.test.ts holds the two together.
 */
export const SERVICE_RULES: ReadonlyMap<string, ServiceRules> = new Map([
  ['s3', S3_FAMILY],
  ['s3-outposts', S3_FAMILY],
  ['s3-object-lambda', S3_FAMILY],
  // Zonal endpoints take IAM credentials as well as a session's, so a client's session token is simply replaced.
  ['s3express', S3_FAMILY],
  ['lambda', { ...COMMON, unsignedPayload: 'refused', strippedHeaderPrefixes: ['x-amzn-'] }],
  ['iotdevicegateway', { ...COMMON, unsignedQueryToken: true }],
  ['vpc-lattice-svcs', { ...COMMON, unsignedPayload: 'required' }],
]);

/** What a service signs and takes, by the name it has in the credential scope. */
export function serviceRules(service: string): ServiceRules {
  return SERVICE_RULES.get(service) ?? COMMON;
}
