import type { ExpiringCredentials } from '../../../../src/credentials/types.ts';
import { asSignerError } from '../../../../src/errors/index.ts';
import { DENIED_SUBJECT, endpointText, type Issued } from './fake-sts.ts';
import { type Ask, canonical, expectedExchanges } from './oracle.ts';

/** Milliseconds since the epoch, by the signer's own clock. */
export interface Moment {
  readonly askedAt: number;
  readonly now: number;
  /** The latest that it ever was: it may have been set back. */
  readonly latest: number;
  /** Whether the credentials were there without waiting. */
  readonly atOnce: boolean;
}

const EXPIRY_MARGIN_MS = 5_000;

/** What is wrong with the credentials that a request was given. */
export function judgeCredentials(
  ask: Ask,
  credentials: ExpiringCredentials,
  issued: ReadonlyMap<string, Issued>,
  { askedAt, now, atOnce }: Moment,
): string | undefined {
  const { spec, token } = ask;
  if (token?.forged) return 'given for a forged token';
  if (token && token.expiresAt <= askedAt) return 'given for an expired token';
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt = Number.POSITIVE_INFINITY } = credentials;
  if (expiresAt <= now + (atOnce ? EXPIRY_MARGIN_MS : 0)) return `past their expiry: ${expiresAt - now} ms`;
  const own = issued.get(accessKeyId)?.credentials;
  if (
    own?.secretAccessKey !== secretAccessKey ||
    own.sessionToken !== sessionToken ||
    own.expiresAt !== credentials.expiresAt
  )
    return `nobody issued ${accessKeyId} like that`;
  const exchanges = expectedExchanges(ask);
  if (exchanges === undefined) return 'given although the token lacks a claim';
  const endpoint = endpointText(spec.sts);

  let record = issued.get(accessKeyId);
  for (let hop = exchanges.length - 1; hop >= 0; hop--) {
    const wanted = canonical(exchanges[hop] ?? {});
    if (record?.request !== wanted) return `hop ${hop}: asked for ${record?.request}, wanted ${wanted}`;
    if (record.endpoint !== endpoint) return `hop ${hop}: from ${record.endpoint}, wanted ${endpoint}`;
    if (hop === 0 && spec.source === 'caller') return judgeToken(ask, record);
    record = record.parent === undefined ? undefined : issued.get(record.parent);
  }
  if (record === undefined || record.request !== undefined) return 'not of the workload’s own keys';
  return record.profile === spec.profile ? undefined : `of the profile ${record.profile}`;
}

/** Whoever shares a role's credentials, the first one's token was good; whoever does not, it is the request's own. */
function judgeToken({ spec, token }: Ask, { token: exchanged }: Issued): string | undefined {
  if (exchanged === undefined) return 'not of a web identity';
  if (spec.cacheScope === 'role') return undefined;
  return exchanged === token?.text ? undefined : 'of another token';
}

/** What is wrong with the refusal that a request met: it must not be another's. */
export function judgeRefusal(ask: Ask, thrown: unknown, { latest, askedAt }: Moment): string | undefined {
  const { spec, token } = ask;
  const { code, status } = asSignerError(thrown);
  if (code === 'SIGV4_INTERNAL') return `broken: ${thrown instanceof Error ? thrown.stack : String(thrown)}`;
  // Where STS fails, or the workload's own keys do, it is everybody's trouble.
  if (status >= 500) return undefined;
  const lacksClaims = expectedExchanges(ask) === undefined;
  const deserved: Record<string, boolean> = {
    SIGV4_CLAIM_UNUSABLE: lacksClaims,
    SIGV4_NO_ROLE_MAPPING: lacksClaims,
    SIGV4_TOKEN_INVALID: token?.forged === true,
    SIGV4_TOKEN_EXPIRED: token !== undefined && token.expiresAt <= Math.max(latest, askedAt),
    SIGV4_ACCESS_DENIED: token?.sub === DENIED_SUBJECT && spec.source === 'caller',
  };
  return deserved[code] ? undefined : `refused as ${code}, which is another's`;
}
