import { SCOPE_TERMINATOR } from './constants.ts';
import { HmacSha256 } from './hmac-sha256.ts';
import type { Credentials } from './types.ts';

/** Scopes kept per credentials object: a day's change of date must not grow it for ever. */
const SCOPES_KEPT = 32;

const keysOf = new WeakMap<Credentials, Map<string, HmacSha256>>();

/**
 * The signing key of a day, region and service, derived once for each credentials object and forgotten with it.
 * @param date the credential scope's day, `YYYYMMDD`
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signingKey(credentials: Credentials, date: string, region: string, service: string): HmacSha256 {
  let keys = keysOf.get(credentials);
  if (keys === undefined) {
    keys = new Map();
    keysOf.set(credentials, keys);
  }
  const scope = `${date}/${region}/${service}`;
  const cached = keys.get(scope);
  if (cached !== undefined) return cached;

  if (keys.size >= SCOPES_KEPT) keys.clear();
  const derived = new HmacSha256(deriveSigningKey(credentials.secretAccessKey, date, region, service));
  keys.set(scope, derived);
  return derived;
}

function deriveSigningKey(secretAccessKey: string, date: string, region: string, service: string): Buffer {
  const dateKey = hmac(Buffer.from(`AWS4${secretAccessKey}`), date);
  return hmac(hmac(hmac(dateKey, region), service), SCOPE_TERMINATOR);
}

function hmac(key: Buffer, data: string): Buffer {
  return new HmacSha256(key).digest(data);
}
