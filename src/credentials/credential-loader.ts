import { asSignerError } from '../errors/index.ts';
import type { Acquisition } from './acquisition.ts';
import type { IdentityAbout } from './cached-identity.ts';
import type { Clock } from './clock.ts';
import type { Connections } from './connections.ts';
import type { CredentialCache, Loading } from './credential-cache.ts';
import { Deadlines } from './deadlines.ts';
import type { FailureMemory } from './failure-memory.ts';
import { EXPIRY_MARGIN_MS } from './lifetime.ts';
import type { SharedCache } from './shared-cache/index.ts';
import type { Sts } from './sts.ts';
import type { CredentialsObserver, ExpiringCredentials } from './types.ts';
import { workloadCredentials } from './workload-chain.ts';

export interface CredentialLoaderOptions {
  cache: CredentialCache;
  failures: FailureMemory;
  sts: Sts;
  connections: Connections;
  /** For all hops together, in milliseconds. */
  stsTimeoutMs: number;
  clock: Clock;
  observer: Pick<CredentialsObserver, 'refreshed'>;
  shared: Pick<SharedCache, 'through'> | undefined;
}

/** Gets what the cache does not have, hop by hop: from the provider chain, from STS, or from where replicas share it. */
export class CredentialLoader {
  readonly #options: CredentialLoaderOptions;
  readonly #deadlines: Deadlines;

  constructor(options: CredentialLoaderOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.stsTimeoutMs);
  }

  /** Loads the credentials that a request is signed with, unless that is under way. */
  load(wanted: Acquisition): Promise<ExpiringCredentials> {
    return this.#load(wanted, wanted.last, this.#deadlines.next());
  }

  /** Replaces ahead of their expiry those that are kept; they stay in use meanwhile, and where it fails. */
  async refresh(wanted: Acquisition, key: string): Promise<void> {
    try {
      await this.#options.cache.refresh(key, new HopLoading(this, wanted, wanted.last, this.#deadlines.next()));
      this.#options.observer.refreshed('ok');
    } catch (error) {
      this.#options.observer.refreshed(asSignerError(error).code);
    }
  }

  /** Gets a hop's credentials, whether or not others get the same. */
  fetch(wanted: Acquisition, hop: number, abort: AbortSignal): Promise<ExpiringCredentials> {
    const { shared } = this.#options;
    if (shared === undefined || wanted.identity.source === 'workload') return this.#exchange(wanted, hop, abort);
    return this.#through(shared, wanted, hop, abort);
  }

  loaded(wanted: Acquisition, hop: number): void {
    this.#options.failures.forget(wanted.failureKey(hop));
  }

  failed(wanted: Acquisition, hop: number, error: unknown): void {
    this.#options.failures.remember(wanted.failureKey(hop), asSignerError(error));
  }

  /**
   * Loads a hop, or joins who loads it. Credentials that callers share are got with the first one's token: where that
   * one is refused, the others go on with their own.
   */
  #load(wanted: Acquisition, hop: number, abort: AbortSignal): Promise<ExpiringCredentials> {
    const key = wanted.key(hop);
    const loading = new HopLoading(this, wanted, hop, abort);
    const flight = this.#options.cache.load(key, loading);
    if (loading.hasBegun || !wanted.isShared) return flight;
    return flight.catch((error: unknown) => {
      if (asSignerError(error).status >= 500) throw error;
      return this.#options.cache.load(key, loading, wanted.failureKey(hop));
    });
  }

  /**
   * The second level is for what a caller's token yields: that is the same whichever replica asks. What a workload may
   * assume depends on whose keys the replica has, which two that share a Redis need not have in common.
   */
  #through(shared: Pick<SharedCache, 'through'>, wanted: Acquisition, hop: number, abort: AbortSignal) {
    const { cache, clock } = this.#options;
    const key = wanted.key(hop);
    const now = clock.now();
    // Only later ones are worth having where some are still in use.
    const livesBeyond = Math.max(cache.expiryOf(key) ?? now, now) + EXPIRY_MARGIN_MS;
    const exchange = () => this.#exchange(wanted, hop, abort);
    return shared.through(key, exchange, { livesBeyond, keepUntil: wanted.validUntil });
  }

  /** Not async itself, like what it calls for callers: each layer costs a crowd that waits a kilobyte. */
  #exchange(wanted: Acquisition, hop: number, abort: AbortSignal): Promise<ExpiringCredentials> {
    const { identity, tokenText = '' } = wanted;
    const session = wanted.session(hop);
    if (session === undefined) {
      const profile = identity.source === 'workload' ? identity.profile : undefined;
      return workloadCredentials(identity.sts.region, profile, this.#options.connections, abort);
    }
    if (hop === 0 && identity.source === 'caller') {
      return this.#options.sts.assumeRoleWithWebIdentity(identity.sts, session, tokenText, abort);
    }
    return this.#hop(wanted, hop - 1, abort).then((before) =>
      this.#options.sts.assumeRole(identity.sts, session, before, abort),
    );
  }

  /** What a hop builds upon. */
  async #hop(wanted: Acquisition, hop: number, abort: AbortSignal): Promise<ExpiringCredentials> {
    const cached = this.#options.cache.get(wanted.key(hop));
    if (cached !== undefined) return cached;
    const failure = this.#options.failures.get(wanted.failureKey(hop));
    if (failure !== undefined) throw failure;
    return this.#load(wanted, hop, abort);
  }
}

/** One hop on its way. A class, and not made of closures: there is one for each caller that waits. */
class HopLoading implements Loading {
  readonly #loader: CredentialLoader;
  readonly #wanted: Acquisition;
  readonly #hop: number;
  readonly #abort: AbortSignal;
  /** Whether it loads what is wanted, and joins nobody who does. */
  hasBegun = false;

  constructor(loader: CredentialLoader, wanted: Acquisition, hop: number, abort: AbortSignal) {
    this.#loader = loader;
    this.#wanted = wanted;
    this.#hop = hop;
    this.#abort = abort;
  }

  get validUntil(): number {
    return this.#wanted.validUntil;
  }

  get owner(): string | undefined {
    return this.#wanted.owner;
  }

  get about(): IdentityAbout {
    return this.#wanted.about(this.#hop);
  }

  load(): Promise<ExpiringCredentials> {
    this.hasBegun = true;
    return this.#loader.fetch(this.#wanted, this.#hop, this.#abort);
  }

  onLoaded(): void {
    this.#loader.loaded(this.#wanted, this.#hop);
  }

  onFailed(error: unknown): void {
    this.#loader.failed(this.#wanted, this.#hop, error);
  }
}
