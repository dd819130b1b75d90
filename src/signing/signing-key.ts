import { SCOPE_TERMINATOR } from './constants.ts';
import { HmacSha256 } from './hmac-sha256.ts';
import { privateNote } from './private-note.ts';
import type { Credentials } from './types.ts';

/** Scopes kept per credentials object: a day's change of date must not grow it for ever. */
const SCOPES_KEPT = 32;

/** A list, as most credentials sign for one scope: a map for each would be most of what a caller costs. */
interface ScopedKey {
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly key: HmacSha256;
  readonly others: ScopedKey | undefined;
  readonly count: number;
}

const keysOf = privateNote<ScopedKey>();

/**
 * The signing key of a day, region and service, derived once for each credentials object and forgotten with it.
 * @param date the credential scope's day, `YYYYMMDD`
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signingKey(credentials: Credentials, date: string, region: string, service: string): HmacSha256 {
  const first = keysOf.get(credentials);
  for (let known = first; known !== undefined; known = known.others) {
    if (known.date === date && known.region === region && known.service === service) return known.key;
  }
  const key = new HmacSha256(deriveSigningKey(credentials.secretAccessKey, date, region, service));
  const others = first !== undefined && first.count < SCOPES_KEPT ? first : undefined;
  keysOf.set(credentials, { date, region, service, key, others, count: (others?.count ?? 0) + 1 });
  return key;
}

function deriveSigningKey(secretAccessKey: string, date: string, region: string, service: string): Buffer {
  const dateKey = hmac(Buffer.from(`AWS4${secretAccessKey}`), date);
  return hmac(hmac(hmac(dateKey, region), service), SCOPE_TERMINATOR);
}

function hmac(key: Buffer, data: string): Buffer {
  return new HmacSha256(key).digest(data);
}
