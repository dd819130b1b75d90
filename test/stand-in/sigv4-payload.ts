import { createHash } from 'node:crypto';
import { headerValues } from './http.ts';
import type { Claims } from './sigv4-authorization.ts';
import { isS3Family } from './sigv4-canonical.ts';
import { Refusal } from './sigv4-refusal.ts';

/** Which payload hash a service takes: of the body, only UNSIGNED-PAYLOAD, or either. */
export type PayloadPolicy = 'signed' | 'unsigned' | 'either';

const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/**
 * The payload hash that the canonical request must end in: what the request declares in x-amz-content-sha256, once
 * that has been checked against the body and the policy, else the body's own. Throws a {@link Refusal}.
 */
export function payloadHash(
  claims: Claims,
  rawHeaders: readonly string[],
  body: Buffer,
  payload: PayloadPolicy = 'signed',
): string {
  const s3 = isS3Family(claims.service);
  const declared =
    headerValues(rawHeaders, 'x-amz-content-sha256').join(',').trim() ||
    claims.query.find(([name]) => name === 'X-Amz-Content-Sha256')?.[1];
  if (!declared && s3) {
    if (claims.source === 'query') return UNSIGNED_PAYLOAD;
    throw new Refusal('payload-mode', 'Missing required header for this request: x-amz-content-sha256');
  }
  if (declared === UNSIGNED_PAYLOAD ? payload === 'signed' : payload === 'unsigned') {
    throw new Refusal('payload-mode', `This service does not take a payload hash of ${declared ?? 'the body'}`);
  }
  if (declared === UNSIGNED_PAYLOAD) return declared;
  const actual = createHash('sha256').update(body).digest('hex');
  if (declared && !/^[0-9a-f]{64}$/.test(declared)) {
    throw new Refusal('payload-mode', 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.');
  }
  if (declared && declared !== actual) {
    throw new Refusal('payload-hash', "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  return actual;
}
