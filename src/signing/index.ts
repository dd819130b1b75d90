export { withoutDefaultPort } from './authority.ts';
export { EMPTY_PAYLOAD_HASH, UNSIGNED_PAYLOAD } from './constants.ts';
export { partitionOf } from './partitions.ts';
export { serviceRules } from './services.ts';
export { type SigningStages, sign, signInStages } from './sign.ts';
export { signingKey } from './signing-key.ts';
export { payloadHash } from './stages.ts';
export type { Credentials, HeaderEntry, ServiceRules, SignedRequest, SigningParameters, WireRequest } from './types.ts';
export { percentDecode, uriEncode, uriEncodePath } from './uri-encoding.ts';
