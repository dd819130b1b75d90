import type { CallerIdentity, Identity, WorkloadIdentity } from '../config/index.ts';
import { TokenError } from '../errors/index.ts';
import type { Credentials } from '../signing/index.ts';
import { tokenExpiry, tokenHash } from './bearer-token.ts';
import type { Clock } from './clock.ts';
import { CredentialCache } from './credential-cache.ts';
import { Sts } from './sts.ts';
import type { CredentialsObserver, ExpiringCredentials } from './types.ts';
import { workloadCredentials } from './workload-chain.ts';

export interface CredentialSourceOptions {
  maxEntries: number;
  stsTimeoutMs: number;
  observer: CredentialsObserver;
  clock: Clock;
}

/** Gives the credentials that a request is signed with: from the cache at once, else from the provider chain and STS. */
export class CredentialSource {
  readonly #options: CredentialSourceOptions;
  readonly #cache: CredentialCache;
  readonly #sts: Sts;
  readonly #identityKeys = new WeakMap<Identity, string>();

  constructor(options: CredentialSourceOptions) {
    this.#options = options;
    this.#cache = new CredentialCache(options.maxEntries, options.clock);
    this.#sts = new Sts({ timeoutMs: options.stsTimeoutMs, observer: options.observer, clock: options.clock });
  }

  /** Identities whose credentials are kept at present. */
  get size(): number {
    return this.#cache.size;
  }

  /**
   * The caller's credentials for a role: kept per exact token and role, so that no caller is ever served another's.
   * @throws TokenError, CredentialsError, at once or by the promise
   */
  forCaller(identity: CallerIdentity, token: string): Credentials | Promise<Credentials> {
    const key = `${this.#identityKey(identity)}\0${tokenHash(token)}`;
    const cached = this.#lookup(key);
    if (cached !== undefined) return cached;
    const expiry = tokenExpiry(token);
    if (expiry !== undefined && expiry <= this.#options.clock.now()) {
      throw new TokenError('SIGV4_TOKEN_EXPIRED', "the caller's token has expired");
    }
    return this.#cache.load(key, () => this.#sts.assumeRoleWithWebIdentity(identity.sts, identity.role, token), expiry);
  }

  /** @throws CredentialsError by the promise */
  forWorkload(identity: WorkloadIdentity): Credentials | Promise<Credentials> {
    const key = identity.role === undefined ? chainKey(identity) : this.#identityKey(identity);
    return this.#lookup(key) ?? this.#cache.load(key, () => this.#loadWorkload(identity));
  }

  /** Drops credentials that AWS calls expired, so that the next request gets new ones; at most once a minute a key. */
  evict(credentials: Credentials): void {
    this.#cache.evict(credentials);
  }

  close(): void {
    this.#sts.close();
  }

  async #loadWorkload(identity: WorkloadIdentity): Promise<ExpiringCredentials> {
    const { role, sts } = identity;
    if (role === undefined) return this.#askChain(identity);
    const key = chainKey(identity);
    const own = this.#cache.get(key) ?? (await this.#cache.load(key, () => this.#askChain(identity)));
    return this.#sts.assumeRole(sts, role, own);
  }

  #askChain({ sts, profile }: WorkloadIdentity): Promise<ExpiringCredentials> {
    return workloadCredentials(sts.region, profile, this.#options.stsTimeoutMs);
  }

  #lookup(key: string): ExpiringCredentials | undefined {
    const cached = this.#cache.get(key);
    this.#options.observer.cacheLookup(cached === undefined ? 'miss' : 'hit');
    return cached;
  }

  #identityKey(identity: Identity): string {
    let key = this.#identityKeys.get(identity);
    if (key === undefined) {
      key = JSON.stringify(identity);
      this.#identityKeys.set(identity, key);
    }
    return key;
  }
}

/** The workload's own credentials, whatever role they are used for. */
function chainKey({ sts, profile }: WorkloadIdentity): string {
  return JSON.stringify(['chain', sts.region, profile]);
}
