import { LRUCache } from 'lru-cache';
import type { CacheSettings } from '../config/index.ts';
import type { Clock } from './clock.ts';
import { EntriesByOwner } from './entries-by-owner.ts';
import { lifetimeOf } from './lifetime.ts';
import type { ExpiringCredentials } from './types.ts';

const EVICTION_INTERVAL_MS = 60_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** How a key's credentials are got, and what bounds their keeping. */
export interface Loading {
  load: () => Promise<ExpiringCredentials>;
  /** An end that is not in the credentials, such as the caller's token's own, in milliseconds since the epoch. */
  validUntil?: number;
  /** Whose share of the cache they count against. */
  owner?: string | undefined;
}

interface Entry {
  readonly credentials: ExpiringCredentials;
  readonly usableUntil: number;
  readonly owner: string | undefined;
  refreshAt: number;
  retryMs: number;
}

/**
 * Credentials by identity: bounded in all and for each owner, one load at a time for each key, refreshed ahead of their
 * expiry by the requests that use them, and never given past it. Failures are not kept.
 */
export class CredentialCache {
  readonly #entries: LRUCache<string, Entry>;
  readonly #owners: EntriesByOwner;
  readonly #flights = new Map<string, Promise<ExpiringCredentials>>();

  /** When a key was last evicted, so that a target that calls everything expired costs one STS call a minute. */
  readonly #evictedAt = new LRUCache<string, number>({ max: 10_000 });
  readonly #keyOf = new WeakMap<object, string>();
  readonly #clock: Clock;

  constructor({ maxEntries, maxEntriesPerCaller }: CacheSettings, clock: Clock) {
    this.#clock = clock;
    this.#owners = new EntriesByOwner(maxEntriesPerCaller);
    this.#entries = new LRUCache({
      max: maxEntries,
      dispose: ({ owner }, key, reason) => {
        if (owner !== undefined && reason !== 'set') this.#owners.delete(owner, key);
      },
    });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What is kept under a key and may still be used. */
  get(key: string): ExpiringCredentials | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#clock.now() < entry.usableUntil ? entry.credentials : undefined;
  }

  /** Whether a key's credentials should be fetched anew while they are still used. */
  isDue(key: string): boolean {
    const entry = this.#entries.peek(key);
    return entry !== undefined && this.#clock.now() >= entry.refreshAt && !this.#flights.has(key);
  }

  /** When a key's credentials end, in milliseconds since the epoch. */
  expiryOf(key: string): number | undefined {
    return this.#entries.peek(key)?.credentials.expiresAt;
  }

  /**
   * Loads a key, or joins the load that is under way. What was loaded serves all who wait for it, even if it is too
   * close to its expiry to be kept.
   * @param flightKey another than the key for a load that is not to be joined by others
   */
  load(key: string, { load, validUntil = Number.POSITIVE_INFINITY, owner }: Loading, flightKey = key) {
    const underWay = this.#flights.get(flightKey);
    if (underWay !== undefined) return underWay;
    const flight = load()
      .then((credentials) => {
        this.#keep(key, credentials, validUntil, owner);
        return credentials;
      })
      .finally(() => this.#flights.delete(flightKey));
    this.#flights.set(flightKey, flight);
    return flight;
  }

  /** Loads a key anew while what is there goes on being used; one that fails is tried again later, and later still. */
  async refresh(key: string, loading: Loading): Promise<void> {
    try {
      await this.load(key, loading);
    } catch (error) {
      const entry = this.#entries.peek(key);
      if (entry !== undefined) {
        const now = this.#clock.now();
        entry.refreshAt = now + Math.min(entry.retryMs, Math.max(FIRST_RETRY_MS, (entry.usableUntil - now) / 4));
        entry.retryMs = Math.min(entry.retryMs * 2, LONGEST_RETRY_MS);
      }
      throw error;
    }
  }

  /**
   * Drops the one entry that holds these very credentials, if it was not dropped within the last minute.
   * @returns its key, where it was dropped
   */
  evict(credentials: object): string | undefined {
    const key = this.#keyOf.get(credentials);
    if (key === undefined || this.#entries.peek(key)?.credentials !== credentials) return undefined;
    const now = this.#clock.now();
    if (now - (this.#evictedAt.get(key) ?? Number.NEGATIVE_INFINITY) < EVICTION_INTERVAL_MS) return undefined;
    this.#evictedAt.set(key, now);
    this.#entries.delete(key);
    return key;
  }

  #keep(key: string, credentials: ExpiringCredentials, validUntil: number, owner: string | undefined): void {
    this.#keyOf.set(credentials, key);
    const lifetime = lifetimeOf(credentials, this.#clock.now(), validUntil, Math.random());
    this.#entries.set(key, { credentials, ...lifetime, owner, retryMs: FIRST_RETRY_MS });
    const crowdedOut = owner === undefined ? undefined : this.#owners.add(owner, key);
    if (crowdedOut !== undefined) this.#entries.delete(crowdedOut);
  }
}
