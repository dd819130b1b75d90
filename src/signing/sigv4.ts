import { SCOPE_TERMINATOR } from './constants.ts';
import type { SignatureScheme } from './scheme.ts';
import { signingKey } from './signing-key.ts';

/**
 * Signature version 4: an HMAC under a key of one day, region and service.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export const sigv4: SignatureScheme = {
  algorithm: 'AWS4-HMAC-SHA256',

  credentialScope(date, { region, service }) {
    return `${date}/${region}/${service}/${SCOPE_TERMINATOR}`;
  },

  regionSet() {
    return undefined;
  },

  signature(credentials, date, { region, service }, stringToSign) {
    return signingKey(credentials, date, region, service).hex(stringToSign);
  },
};
