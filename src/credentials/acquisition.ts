import type { Identity } from '../config/index.ts';
import type { IdentityAbout } from './cached-identity.ts';
import type { Claims } from './claims.ts';
import type { IdentityPlan, SessionHop } from './identity-plan.ts';

/** The caller's token, with what it says. */
export interface CallerToken {
  readonly text: string;
  readonly hash: string;
  readonly claims: Claims;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
}

/** One request's way to its credentials: the hops, and what the result of each is kept under. */
export class Acquisition {
  readonly identity: Identity;
  readonly token: CallerToken | undefined;
  /** When what it yields must not be used any more, besides the credentials' own expiry. */
  readonly validUntil: number;
  /** Whose share of the cache it counts against. */
  readonly owner: string | undefined;
  readonly #hops: readonly SessionHop[];
  /** Makes a key one caller's own. */
  readonly #callerSuffix: string;

  constructor(identity: Identity, { hops, variesOf }: IdentityPlan, token: CallerToken | undefined) {
    this.identity = identity;
    this.token = token;
    this.#hops = hops;
    const perCaller = identity.source === 'caller' && identity.cacheScope === 'caller' && token !== undefined;
    this.#callerSuffix = perCaller ? `\0${token.hash}` : '';
    this.validUntil = (perCaller ? token.expiresAt : undefined) ?? Number.POSITIVE_INFINITY;
    this.owner = perCaller ? callerOf(token) : variesOf;
  }

  /** The hop that yields what signs; -1 for the workload's own credentials, without a role. */
  get last(): number {
    return this.#hops.length - 1;
  }

  /** Whether others than this caller may be served what it yields. */
  get isShared(): boolean {
    return this.identity.source === 'caller' && this.#callerSuffix === '';
  }

  session(hop: number) {
    return this.#hops[hop]?.session;
  }

  /** Whose credentials a hop yields, for people. */
  about(hop: number): IdentityAbout {
    const session = this.#hops[hop]?.session;
    const role = session && { role: session.arn, sessionName: session.sessionName };
    const { source, sts } = this.identity;
    return { source: session ? source : 'workload', region: sts.region, ...role };
  }

  /** What the credentials of a hop are kept under. */
  key(hop: number): string {
    const key = this.#hops[hop]?.key;
    return key === undefined ? workloadKey(this.identity) : `${key}${this.#callerSuffix}`;
  }

  /** What a refusal is kept under: a token that is refused is no reason to refuse another. */
  failureKey(hop: number): string {
    return this.isShared ? `${this.key(hop)}\0${this.token?.hash}` : this.key(hop);
  }
}

/** The workload's own credentials, whatever role they are used for. */
function workloadKey(identity: Identity): string {
  const profile = identity.source === 'workload' ? identity.profile : undefined;
  return JSON.stringify(['chain', identity.sts.region, profile ?? null]);
}

/** One caller may hold many tokens. */
function callerOf({ claims: { iss, sub }, hash }: CallerToken): string {
  return typeof sub === 'string' ? JSON.stringify([iss, sub]) : hash;
}
