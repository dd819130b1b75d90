import type { CacheSettings, Identity } from '../config/index.ts';
import { TokenError } from '../errors/index.ts';
import type { Credentials, HeaderEntry } from '../signing/index.ts';
import { Acquisition, type CallerToken, callerKey, isPerCaller } from './acquisition.ts';
import { tokenClaims, tokenExpiry, tokenHash } from './bearer-token.ts';
import type { CachedIdentity } from './cached-identity.ts';
import { CallBudget } from './call-budget.ts';
import type { Clock } from './clock.ts';
import { Connections } from './connections.ts';
import { CredentialCache } from './credential-cache.ts';
import { CredentialLoader } from './credential-loader.ts';
import { FailureMemory } from './failure-memory.ts';
import { IdentityPlanner } from './identity-plan.ts';
import type { SharedCache } from './shared-cache/index.ts';
import { Sts } from './sts.ts';
import { StsClients } from './sts-clients.ts';
import { StsThread } from './sts-thread/index.ts';
import type { TokenCheck, VerifiedToken } from './token-check/index.ts';
import { Turns } from './turns.ts';
import type { CredentialsObserver } from './types.ts';

export interface CredentialSourceOptions {
  cache: CacheSettings;
  /** For all that it takes to get one identity's credentials, in milliseconds. */
  stsTimeoutMs: number;
  stsCallsPerSecond?: number | undefined;
  observer: CredentialsObserver;
  clock: Clock;
  /** What callers' tokens yielded, shared by replicas. */
  shared?: Pick<SharedCache, 'through' | 'forget'> | undefined;
  /** Absent: a token's claims are believed where STS verifies it in the same exchange. */
  tokenCheck?: Pick<TokenCheck, 'verify'> | undefined;
}

/** What of a request decides whose credentials it gets. */
export interface Subject {
  /** The caller's, if its identity signs or its claims are used. */
  readonly token?: string | undefined;
  readonly headers?: readonly HeaderEntry[];
  readonly routeName?: string | undefined;
  /** The request's trace, for whoever traces around this. */
  readonly trace?: object | undefined;
  /** Told of a role that the token's claims chose, before STS is; may throw. */
  readonly onRoleChosen?: (arn: string) => void;
}

/** Gives the credentials that a request is signed with: from the cache at once, else from the provider chain and STS. */
export class CredentialSource {
  readonly #options: CredentialSourceOptions;
  readonly #cache: CredentialCache;
  readonly #failures: FailureMemory;
  readonly #planner = new IdentityPlanner();
  readonly #connections = new Connections();
  readonly #thread: StsThread;
  readonly #sts: Sts;
  readonly #loader: CredentialLoader;

  constructor(options: CredentialSourceOptions) {
    this.#options = options;
    const { cache, clock, observer, stsTimeoutMs, stsCallsPerSecond, shared } = options;
    this.#cache = new CredentialCache(cache, clock);
    this.#failures = new FailureMemory(clock);
    const turns = new Turns();
    this.#thread = new StsThread(clock, turns);
    this.#sts = new Sts({
      clients: new StsClients(this.#connections, clock),
      thread: this.#thread,
      turns,
      clock,
      observer,
      ...(stsCallsPerSecond !== undefined && { budget: new CallBudget(stsCallsPerSecond) }),
    });
    this.#loader = new CredentialLoader({
      cache: this.#cache,
      failures: this.#failures,
      sts: this.#sts,
      connections: this.#connections,
      stsTimeoutMs,
      clock,
      observer,
      shared,
    });
  }

  /** Identities whose credentials are kept at present. */
  get size(): number {
    return this.#cache.size;
  }

  /**
   * The credentials of an identity: a caller's are kept per exact token, so that no caller is ever served another's.
   * @throws TokenError, CredentialsError, ConfigError, at once or by the promise
   */
  credentialsFor(identity: Identity, subject: Subject = {}): Credentials | Promise<Credentials> {
    const { token: text } = subject;
    if (text === undefined) return this.#find(identity, subject);
    const hash = tokenHash(text);
    const known = this.#options.tokenCheck === undefined ? this.#known(identity, hash) : undefined;
    if (known !== undefined) return known;
    const verified = this.#options.tokenCheck?.verify(text, hash) ?? unverified(text);
    return verified instanceof Promise
      ? verified.then((token) => this.#find(identity, subject, { text, hash, ...token }))
      : this.#find(identity, subject, { text, hash, ...verified });
  }

  /** Connects to the STS of each identity that has a role, ahead of the first request; nothing is sent. */
  connect(identities: readonly Identity[]): void {
    for (const identity of identities) void this.#sts.preopen(identity);
  }

  /** Drops credentials that AWS calls expired, so that the next request gets new ones; at most once a minute a key. */
  evict(credentials: Credentials): void {
    const key = this.#cache.evict(credentials);
    if (key !== undefined) void this.#options.shared?.forget(key);
  }

  /** What is kept at present, for people; at most so many, the most recently used first. */
  list(most: number): CachedIdentity[] {
    return this.#cache.list(most);
  }

  /** How long what is kept may still be used, in milliseconds; of at most so many. */
  lifetimes(most: number): number[] {
    return this.#cache.lifetimes(most);
  }

  /** STS endpoints that are left alone at present. */
  get brokenEndpoints(): number {
    return this.#sts.brokenEndpoints;
  }

  /**
   * Drops an identity by its id in `list`, so that its next request gets new credentials.
   * @returns whether there was one
   */
  evictById(id: string): boolean {
    const key = this.#cache.evictById(id);
    if (key === undefined) return false;
    void this.#options.shared?.forget(key);
    return true;
  }

  close(): void {
    this.#connections.close();
    this.#thread.close();
  }

  /**
   * What this very token yielded, as long as nothing is to be done about it: it ends with the token, which therefore need
   * not be read again.
   */
  #known(identity: Identity, hash: string): Credentials | undefined {
    const key = isPerCaller(identity) ? this.#planner.constantKey(identity) : undefined;
    if (key === undefined) return undefined;
    const cached = this.#cache.getSettled(callerKey(key, hash));
    if (cached !== undefined) this.#options.observer.cacheLookup('hit');
    return cached;
  }

  #find(identity: Identity, subject: Subject, token?: CallerToken): Credentials | Promise<Credentials> {
    if (token?.expiresAt !== undefined && token.expiresAt <= this.#options.clock.now()) {
      throw new TokenError('SIGV4_TOKEN_EXPIRED', "the caller's token has expired");
    }
    const plan = this.#planner.plan(identity, () => ({ ...subject, claims: token?.claims }));
    const wanted = new Acquisition(identity, plan, token);
    const key = wanted.key(wanted.last);
    const cached = this.#cache.get(key);
    if (cached !== undefined) {
      this.#options.observer.cacheLookup('hit');
      if (this.#cache.isDue(key)) void this.#loader.refresh(wanted, key);
      return cached;
    }
    const failure = this.#failures.get(wanted.failureKey(wanted.last));
    this.#options.observer.cacheLookup(failure === undefined ? 'miss' : 'refused');
    if (failure !== undefined) throw failure;
    return this.#loader.load(wanted);
  }
}

/** What a token says of itself. */
function unverified(token: string): VerifiedToken {
  const claims = tokenClaims(token);
  const expiresAt = tokenExpiry(claims);
  return { claims, ...(expiresAt !== undefined && { expiresAt }) };
}
