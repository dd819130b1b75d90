import { sign } from 'node:crypto';
import { SCOPE_TERMINATOR } from './constants.ts';
import type { SignatureScheme } from './scheme.ts';
import { ecdsaSigningKey } from './sigv4a-key.ts';

/**
 * Signature version 4A: ECDSA on P-256, good for a set of regions. Two signatures of the same request differ, as each
 * takes a random number.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export const sigv4a: SignatureScheme = {
  algorithm: 'AWS4-ECDSA-P256-SHA256',

  credentialScope(date, { service }) {
    return `${date}/${service}/${SCOPE_TERMINATOR}`;
  },

  regionSet({ region }) {
    return region;
  },

  signature(credentials, _date, _parameters, stringToSign) {
    return sign('sha256', Buffer.from(stringToSign), ecdsaSigningKey(credentials)).toString('hex');
  },
};
