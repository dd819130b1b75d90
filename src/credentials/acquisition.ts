import type { Identity } from '../config/index.ts';
import type { IdentityAbout } from './cached-identity.ts';
import type { Claims } from './claims.ts';
import type { IdentityPlan } from './identity-plan.ts';

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
  /** The caller's, if one signs. */
  readonly tokenText: string | undefined;
  /** When what it yields must not be used any more, besides the credentials' own expiry. */
  readonly validUntil: number;
  /** Whose share of the cache it counts against; undefined where nobody could take more than there are configs. */
  readonly owner: string | undefined;
  readonly #plan: IdentityPlan;
  readonly #tokenHash: string | undefined;

  constructor(identity: Identity, plan: IdentityPlan, token: CallerToken | undefined) {
    // Of the token no more than is needed from here on: what is kept of it is, for as long as STS takes.
    const caller = isPerCaller(identity) ? token : undefined;
    this.identity = identity;
    this.tokenText = token?.text;
    this.validUntil = caller?.expiresAt ?? Number.POSITIVE_INFINITY;
    this.owner = caller ? callerOf(caller) : plan.variesOf;
    this.#plan = plan;
    this.#tokenHash = token?.hash;
  }

  /** The hop that yields what signs; -1 for the workload's own credentials, without a role. */
  get last(): number {
    return this.#plan.hops.length - 1;
  }

  /** Of the token whose own the keys are. */
  get #callerHash(): string | undefined {
    return isPerCaller(this.identity) ? this.#tokenHash : undefined;
  }

  /** Whether others than this caller may be served what it yields. */
  get isShared(): boolean {
    return this.identity.source === 'caller' && this.#callerHash === undefined;
  }

  session(hop: number) {
    return this.#plan.hops[hop]?.session;
  }

  /** Whose credentials a hop yields, for people. */
  about(hop: number): IdentityAbout {
    return this.#plan.hops[hop]?.about ?? { source: 'workload', region: this.identity.sts.region };
  }

  /** What the credentials of a hop are kept under. */
  key(hop: number): string {
    const key = this.#plan.hops[hop]?.key;
    if (key === undefined) return this.#plan.workloadKey;
    const callerHash = this.#callerHash;
    return callerHash === undefined ? key : callerKey(key, callerHash);
  }

  /** What a refusal is kept under: a token that is refused is no reason to refuse another. */
  failureKey(hop: number): string {
    return this.isShared ? `${this.key(hop)}\0${this.#tokenHash}` : this.key(hop);
  }
}

/** Whether what an identity yields is each token's own. */
export function isPerCaller(identity: Identity): boolean {
  return identity.source === 'caller' && identity.cacheScope === 'caller';
}

/** Makes a hop's key one token's own. */
export function callerKey(key: string, tokenHash: string): string {
  return `${key}\0${tokenHash}`;
}

/** One caller may hold many tokens. */
function callerOf({ claims: { iss, sub }, hash }: CallerToken): string {
  return typeof sub === 'string' ? JSON.stringify([iss, sub]) : hash;
}
