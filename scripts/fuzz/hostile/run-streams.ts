import { DEFAULT_SERVER_CONFIG, RouteConfigResolver } from '../../../src/config/index.ts';
import { tokenClaims, tokenExpiry, tokenHash } from '../../../src/credentials/bearer-token.ts';
import type { Subject } from '../../../src/credentials/index.ts';
import { TokenError } from '../../../src/errors/index.ts';
import { Allowance, Signer } from '../../../src/signer/index.ts';
import { DEMO_WORKLOAD } from '../../../test/stand-in/demo-config.ts';
import { CredentialStore } from '../../../test/stand-in/index.ts';
import { prng } from '../../../test/support/prng.ts';
import { Judge } from './judge.ts';
import { hostileRequest, play } from './play.ts';

/** A request that came to a wrong end. */
export interface Failure {
  seed: number;
  problem: string;
  request: object;
}

export interface StreamsResult {
  requests: number;
  /** How often each end was met. */
  tally: Map<string, number>;
  slowest: { milliseconds: number; seed: number };
  failures: Failure[];
}

const MOST_FAILURES = 20;

/** Plays hostile requests, one for each seed from the first on, each on a stream of its own. */
export async function runStreams(seed: number, requests: number): Promise<StreamsResult> {
  const resolver = new RouteConfigResolver(DEFAULT_SERVER_CONFIG);
  const judge = new Judge(resolver, new CredentialStore([DEMO_WORKLOAD]));
  const signer = new Signer({
    resolver,
    credentials: STATIC_CREDENTIALS,
    allowance: new Allowance(undefined),
    now: () => new Date(),
    observer: UNOBSERVED,
  });
  const result: StreamsResult = { requests: 0, tally: new Map(), slowest: { milliseconds: 0, seed }, failures: [] };
  for (; result.requests < requests && result.failures.length < MOST_FAILURES; result.requests++) {
    const own = seed + result.requests;
    const request = hostileRequest(prng(own));
    const started = performance.now();
    const end = await play(request, signer)
      .then((fate) => judge.judge(request, fate))
      .catch((error: unknown) => ({
        ok: false as const,
        problem: `threw ${error instanceof Error ? error.stack : error}`,
      }));
    const milliseconds = performance.now() - started;
    if (milliseconds > result.slowest.milliseconds) result.slowest = { milliseconds, seed: own };
    if (end.ok) result.tally.set(end.what, (result.tally.get(end.what) ?? 0) + 1);
    else result.failures.push({ seed: own, problem: end.problem, request });
  }
  return result;
}

/** The demo's keys for all, at once: what a hostile config names must not be asked. */
const STATIC_CREDENTIALS = {
  credentialsFor(_: unknown, { token }: Subject = {}) {
    if (token === undefined) return DEMO_WORKLOAD;
    const expiry = tokenExpiry(tokenClaims(token));
    if (expiry !== undefined && expiry <= Date.now()) throw new TokenError('SIGV4_TOKEN_EXPIRED', 'expired');
    return tokenHash(token).length % 2 === 0 ? DEMO_WORKLOAD : Promise.resolve(DEMO_WORKLOAD);
  },
  evict: () => undefined,
};
const UNOBSERVED = { rejectedByAws: () => undefined, targetClock: () => undefined };
