import { hash } from 'node:crypto';

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
 * The first stage of a signature.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalRequest(parts: CanonicalRequestParts): string {
  const { method, path, query, headers, signedHeaders, payloadHash } = parts;
  return `${method}\n${path}\n${query}\n${headers}\n${signedHeaders}\n${payloadHash}`;
}

/** The second stage. `timestamp` is `YYYYMMDDTHHMMSSZ`. */
export function stringToSign(algorithm: string, timestamp: string, scope: string, canonical: string): string {
  return `${algorithm}\n${timestamp}\n${scope}\n${hash('sha256', Buffer.from(canonical, 'latin1'))}`;
}

/** The payload hash of a whole body, as lower-case hex. */
export function payloadHash(body: Uint8Array): string {
  return hash('sha256', body);
}
