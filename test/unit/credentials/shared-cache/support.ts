import { createHash } from 'node:crypto';
import { Clock } from '../../../../src/credentials/clock.ts';
import type { SharedCacheOptions, SharedCacheOutcome } from '../../../../src/credentials/shared-cache/index.ts';
import { SharedCache } from '../../../../src/credentials/shared-cache/shared-cache.ts';
import type { ExpiringCredentials } from '../../../../src/credentials/types.ts';

export const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders-caller';

/** A key as the first level makes them. */
export const cacheKey = (caller: string) =>
  `${JSON.stringify({ role: { arn: ROLE_ARN } })}\0${createHash('sha256').update(caller).digest('base64url')}`;

export const keyOf = (text: string) => ({
  id: createHash('sha256').update(text).digest('hex').slice(0, 8),
  secret: createHash('sha256').update(`secret of ${text}`).digest(),
});

let issued = 0;

/** New credentials at each call, none like another. */
export function credentials(livesMs = 3_600_000): ExpiringCredentials & { expiresAt: number } {
  issued += 1;
  return {
    accessKeyId: `ASIAEXAMPLE${String(issued).padStart(5, '0')}`,
    secretAccessKey: `example-secret-access-key-${issued}`,
    sessionToken: `example-session-token-${issued}`,
    expiresAt: Date.now() + livesMs,
  };
}

export interface Replica {
  cache: SharedCache;
  outcomes: SharedCacheOutcome[];
  log: [message: string, about: object][];
  count: (outcome: SharedCacheOutcome) => number;
}

/** One of a fleet that shares a server. */
export function replica(url: string, options: Partial<SharedCacheOptions> = {}): Replica {
  const outcomes: SharedCacheOutcome[] = [];
  const log: Replica['log'] = [];
  const cache = new SharedCache({
    ...{ url, keys: [keyOf('one')], timeoutMs: 1_000, lockMs: 5_000, clock: new Clock() },
    observe: (outcome) => outcomes.push(outcome),
    log: (message, about) => log.push([message, about]),
    ...options,
  });
  return { cache, outcomes, log, count: (outcome) => outcomes.filter((seen) => seen === outcome).length };
}

/** Any credentials that live, to be kept as long as they do. */
export const anyAlive = () => ({ livesBeyond: Date.now(), keepUntil: Number.POSITIVE_INFINITY });
