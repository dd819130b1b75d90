import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CacheSettings } from '../config/index.ts';
import { privateNote } from '../signing/index.ts';
import { type CachedIdentity, type IdentityAbout, maskedKeyId } from './cached-identity.ts';
import type { Clock } from './clock.ts';
import { EntriesByOwner } from './entries-by-owner.ts';
import { type Lifetime, lifetimeOf } from './lifetime.ts';
import type { ExpiringCredentials } from './types.ts';

const EVICTION_INTERVAL_MS = 60_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** How a key's credentials are got, and what bounds their keeping. */
export interface Loading {
  load(): Promise<ExpiringCredentials>;
  /** Told how a load ended: without promises of their own, of which each costs a crowd that waits half a kilobyte. */
  onLoaded?(): void;
  onFailed?(error: unknown): void;
  /** An end that is not in the credentials, such as the caller's token's own, in milliseconds since the epoch. */
  validUntil?: number;
  /** Whose share of the cache they count against. */
  owner?: string | undefined;
  about?: IdentityAbout;
}

/** A class, and not made of spread objects: there are as many of them as callers. */
class Entry {
  readonly credentials: ExpiringCredentials;
  readonly usableUntil: number;
  refreshAt: number;
  readonly owner: string | undefined;
  readonly about: IdentityAbout;
  readonly number: number;
  hits: number;
  retryMs = FIRST_RETRY_MS;

  constructor(
    credentials: ExpiringCredentials,
    { usableUntil, refreshAt }: Lifetime,
    { owner, about = UNKNOWN }: Loading,
    { number, hits }: { number: number; hits: number },
  ) {
    this.credentials = credentials;
    this.usableUntil = usableUntil;
    this.refreshAt = refreshAt;
    this.owner = owner;
    this.about = about;
    this.number = number;
    this.hits = hits;
  }
}

/** Which key credentials are kept under. */
const keyOf = privateNote<string>();
const UNKNOWN: IdentityAbout = { source: 'workload' };

/**
 * Credentials by identity: bounded in all and for each owner, one load at a time for each key, refreshed ahead of their
 * expiry by the requests that use them, and never given past it. Failures are not kept.
 */
export class CredentialCache {
  readonly #maxEntries: number;
  #made: LRUCache<string, Entry> | undefined;
  readonly #owners: EntriesByOwner;
  readonly #flights = new Map<string, Promise<ExpiringCredentials>>();

  /** When a key was last evicted, so that a target that calls everything expired costs one STS call a minute. */
  readonly #evictedAt = new LRUCache<string, number>({ max: 10_000 });
  readonly #clock: Clock;
  /** Tells this process's ids from those of one before it. */
  readonly #idPrefix = randomBytes(6).toString('hex');
  #numbered = 0;

  constructor({ maxEntries, maxEntriesPerCaller }: CacheSettings, clock: Clock) {
    this.#clock = clock;
    this.#owners = new EntriesByOwner(maxEntriesPerCaller);
    this.#maxEntries = maxEntries;
  }

  /** Made at its first use: room for 100,000 takes a good part of a start. */
  get #entries(): LRUCache<string, Entry> {
    this.#made ??= new LRUCache({
      max: this.#maxEntries,
      dispose: ({ owner }, key, reason) => {
        if (owner !== undefined && reason !== 'set') this.#owners.delete(owner, key);
      },
    });
    return this.#made;
  }

  get size(): number {
    return this.#made?.size ?? 0;
  }

  /** What is kept under a key and may still be used. */
  get(key: string): ExpiringCredentials | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#clock.now() >= entry.usableUntil) return undefined;
    entry.hits++;
    return entry.credentials;
  }

  /** As `get`, but nothing where they should be fetched anew. */
  getSettled(key: string): ExpiringCredentials | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const now = this.#clock.now();
    if (now >= entry.usableUntil || now >= entry.refreshAt) return undefined;
    entry.hits++;
    return entry.credentials;
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
  load(key: string, loading: Loading, flightKey = key) {
    const underWay = this.#flights.get(flightKey);
    if (underWay !== undefined) return underWay;
    const flight = loading.load().then(
      (credentials) => {
        this.#flights.delete(flightKey);
        this.#keep(key, credentials, loading);
        loading.onLoaded?.();
        return credentials;
      },
      (error: unknown) => {
        this.#flights.delete(flightKey);
        loading.onFailed?.(error);
        throw error;
      },
    );
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
    const key = keyOf.get(credentials);
    if (key === undefined || this.#entries.peek(key)?.credentials !== credentials) return undefined;
    const now = this.#clock.now();
    if (now - (this.#evictedAt.get(key) ?? Number.NEGATIVE_INFINITY) < EVICTION_INTERVAL_MS) return undefined;
    this.#evictedAt.set(key, now);
    this.#entries.delete(key);
    return key;
  }

  /** What is kept, the most recently used first; at most so many. */
  list(most: number): CachedIdentity[] {
    const now = this.#clock.now();
    const listed: CachedIdentity[] = [];
    for (const { about, number, credentials, usableUntil, hits } of this.#entries.values()) {
      if (listed.length >= most) break;
      if (usableUntil <= now) continue;
      const ends = Number.isFinite(usableUntil) && { usableUntil };
      listed.push({ ...about, id: this.#id(number), keyId: maskedKeyId(credentials.accessKeyId), ...ends, hits });
    }
    return listed;
  }

  /** How long what is kept may still be used, in milliseconds; of the most recently used, at most so many. */
  lifetimes(most: number): number[] {
    const now = this.#clock.now();
    const lifetimes: number[] = [];
    for (const { usableUntil } of this.#entries.values()) {
      if (lifetimes.length >= most) break;
      if (usableUntil > now) lifetimes.push(usableUntil - now);
    }
    return lifetimes;
  }

  /**
   * Drops an entry by its id in `list`.
   * @returns its key, where there was one
   */
  evictById(id: string): string | undefined {
    for (const [key, { number }] of this.#entries.entries()) {
      if (this.#id(number) !== id) continue;
      this.#entries.delete(key);
      return key;
    }
    return undefined;
  }

  #id(number: number): string {
    return `${this.#idPrefix}-${number}`;
  }

  #keep(key: string, credentials: ExpiringCredentials, loading: Loading): void {
    const { validUntil = Number.POSITIVE_INFINITY, owner } = loading;
    keyOf.set(credentials, key);
    const lifetime = lifetimeOf(credentials, this.#clock.now(), validUntil, Math.random());
    const { number = ++this.#numbered, hits = 0 } = this.#entries.peek(key) ?? {};
    this.#entries.set(key, new Entry(credentials, lifetime, loading, { number, hits }));
    const crowdedOut = owner === undefined ? undefined : this.#owners.add(owner, key);
    if (crowdedOut !== undefined) this.#entries.delete(crowdedOut);
  }
}
