import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.ts';
import type { ExpiringCredentials } from './types.ts';

/** A request that is signed now must still find its credentials alive when AWS reads it. */
const EXPIRY_MARGIN_MS = 5_000;
/** Long-lived keys are read again after this time, as files and environment files may be rotated. */
const LONG_LIVED_MS = 5 * 60_000;
const EVICTION_INTERVAL_MS = 60_000;

interface Entry {
  credentials: ExpiringCredentials;
  usableUntil: number;
}

/**
 * Credentials by identity: bounded, one load at a time for each key, never past their expiry. Failures are not kept.
 */
export class CredentialCache {
  readonly #entries: LRUCache<string, Entry>;
  readonly #flights = new Map<string, Promise<ExpiringCredentials>>();

  /** When a key was last evicted, so that a target that calls everything expired costs one STS call a minute. */
  readonly #evictedAt = new LRUCache<string, number>({ max: 10_000 });
  readonly #keyOf = new WeakMap<object, string>();
  readonly #clock: Clock;

  constructor(maxEntries: number, clock: Clock) {
    this.#entries = new LRUCache({ max: maxEntries });
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What is kept under a key and may still be used. */
  get(key: string): ExpiringCredentials | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#clock.now() < entry.usableUntil ? entry.credentials : undefined;
  }

  /** Drops the one entry that holds these very credentials, if it was not dropped within the last minute. */
  evict(credentials: object): void {
    const key = this.#keyOf.get(credentials);
    if (key === undefined || this.#entries.peek(key)?.credentials !== credentials) return;
    const now = this.#clock.now();
    if (now - (this.#evictedAt.get(key) ?? Number.NEGATIVE_INFINITY) < EVICTION_INTERVAL_MS) return;
    this.#evictedAt.set(key, now);
    this.#entries.delete(key);
  }

  /**
   * Loads a key, or joins the load that is under way. What was loaded serves all who wait for it, even if it is too
   * close to its expiry to be kept.
   * @param validUntil an end that is not in the credentials, such as the caller's token's own, in milliseconds
   */
  load(key: string, loader: () => Promise<ExpiringCredentials>, validUntil = Number.POSITIVE_INFINITY) {
    const underWay = this.#flights.get(key);
    if (underWay !== undefined) return underWay;
    const flight = loader()
      .then((credentials) => {
        this.#keep(key, credentials, validUntil);
        return credentials;
      })
      .finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  #keep(key: string, credentials: ExpiringCredentials, validUntil: number): void {
    this.#keyOf.set(credentials, key);
    const expiresAt = credentials.expiresAt ?? this.#clock.now() + LONG_LIVED_MS + EXPIRY_MARGIN_MS;
    this.#entries.set(key, { credentials, usableUntil: Math.min(expiresAt - EXPIRY_MARGIN_MS, validUntil) });
  }
}
