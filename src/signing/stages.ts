import { createHmac, hash } from 'node:crypto';
import { ALGORITHM, SCOPE_TERMINATOR } from './constants.ts';

/** The parts of a canonical request, each already in its canonical form. */
export interface CanonicalRequestParts {
  method: string;
  path: string;
  query: string;
  headers: string;
  signedHeaders: string;
  payloadHash: string;
}

/**
 * SigV4's first stage.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalRequest(parts: CanonicalRequestParts): string {
  const { method, path, query, headers, signedHeaders, payloadHash } = parts;
  return `${method}\n${path}\n${query}\n${headers}\n${signedHeaders}\n${payloadHash}`;
}

/** `YYYYMMDD/region/service/aws4_request` */
export function credentialScope(date: string, region: string, service: string): string {
  return `${date}/${region}/${service}/${SCOPE_TERMINATOR}`;
}

/** SigV4's second stage. `amzDate` is `YYYYMMDDTHHMMSSZ`. */
export function stringToSign(amzDate: string, scope: string, canonical: string): string {
  return `${ALGORITHM}\n${amzDate}\n${scope}\n${hash('sha256', Buffer.from(canonical, 'latin1'))}`;
}

/** SigV4's last stage, as lower-case hex. */
export function signature(signingKey: Buffer, toSign: string): string {
  return createHmac('sha256', signingKey).update(toSign).digest('hex');
}

/** The payload hash of a whole body, as lower-case hex. */
export function payloadHash(body: Uint8Array): string {
  return hash('sha256', body);
}
