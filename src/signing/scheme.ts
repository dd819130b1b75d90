import { sigv4 } from './sigv4.ts';
import { sigv4a } from './sigv4a.ts';
import type { Credentials, SigningParameters } from './types.ts';

/** What SigV4 and SigV4A do differently; all else of a signature they share. */
export interface SignatureScheme {
  /** As it stands in the authorization header and the string to sign. */
  readonly algorithm: string;
  /** @param date the day, `YYYYMMDD` */
  credentialScope(date: string, parameters: SigningParameters): string;
  /** The regions that the signature is good for, where they are not in the scope. */
  regionSet(parameters: SigningParameters): string | undefined;
  /** Lower-case hex. */
  signature(credentials: Credentials, date: string, parameters: SigningParameters, stringToSign: string): string;
}

export function schemeOf({ algorithm }: SigningParameters): SignatureScheme {
  return algorithm === 'sigv4a' ? sigv4a : sigv4;
}
