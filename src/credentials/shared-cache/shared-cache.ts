import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { ExpiringCredentials } from '../types.ts';
import { Connection } from './connection.ts';
import { DerivedKey } from './derived-key.ts';
import { Entries, type Found, newOwner } from './entries.ts';
import { RedisAway, redisAway } from './redis-away.ts';
import { sparing } from './sparing-log.ts';
import type { Log, SharedCacheOptions, SharedCacheOutcome } from './types.ts';

const FIRST_POLL_MS = 10;
const LONGEST_POLL_MS = 150;
/** Keys known to have long-lived credentials, which are not shared. */
const LONG_LIVED_KEYS = 1_000;

/** What credentials are wanted; milliseconds since the epoch. */
export interface Want {
  /** They must live longer than until then. */
  livesBeyond: number;
  /** An end that is not in the credentials; Infinity for none. */
  keepUntil: number;
}

/** What Redis said of a key: credentials, or that this replica is to load them. */
type Turn = { credentials: ExpiringCredentials } | { lock?: string };

/** Credentials shared by the replicas of a fleet, sealed, in Valkey or Redis. */
export class SharedCache {
  readonly #entries: Entries;
  readonly #connection: Connection;
  readonly #lockMs: number;
  readonly #clock: Clock;
  readonly #observe: (outcome: SharedCacheOutcome) => void;
  readonly #log: Log;
  readonly #longLived = new LRUCache<string, true>({ max: LONG_LIVED_KEYS });
  /** What is written behind answers that were given. */
  readonly #writes = new Set<Promise<void>>();

  /**
   * Connects in the background, and again whenever the connection is lost.
   * @throws for keys that are none and a CA file that cannot be read; never because Redis is away
   */
  constructor(options: SharedCacheOptions) {
    const [first, ...others] = options.keys.map((key) => new DerivedKey(key));
    if (first === undefined) throw new RangeError('a shared cache needs a key');
    const { caFile } = options.tls ?? {};
    this.#log = sparing(options.log ?? (() => {}));
    this.#connection = new Connection(
      { ...options, ...(caFile !== undefined && { ca: readFileSync(caFile, 'utf8') }) },
      this.#log,
    );
    this.#entries = new Entries(this.#connection, [first, ...others]);
    this.#lockMs = options.lockMs;
    this.#clock = options.clock;
    this.#observe = options.observe;
  }

  /**
   * Credentials under a key: from Redis where they live beyond `livesBeyond`, else by `load`, which one replica of the
   * fleet runs at a time while the others wait for its result. Whatever Redis does, this resolves or rejects as `load`
   * would. Errors, and credentials without an end, are not shared.
   */
  async through(
    key: string,
    load: () => Promise<ExpiringCredentials>,
    want: { livesBeyond: number; keepUntil: number },
  ): Promise<ExpiringCredentials> {
    if (this.#longLived.has(key)) return load();
    const turn = await this.#turn(key, want);
    if ('credentials' in turn) return turn.credentials;
    const { lock } = turn;
    let credentials: ExpiringCredentials;
    try {
      credentials = await load();
    } catch (error) {
      if (lock !== undefined) this.#behind(() => this.#entries.release(key, lock));
      throw error;
    }
    this.#behind(() => this.#leave(key, credentials, want.keepUntil, lock));
    return credentials;
  }

  /** Removes what AWS called expired. Never rejects. */
  async forget(key: string): Promise<void> {
    await this.#entries.remove(key).catch((error: unknown) => this.#away(error));
  }

  /** Ends the connection, once what is still to be written is. `through` goes on without it. */
  async close(): Promise<void> {
    await Promise.all(this.#writes);
    this.#connection.close();
  }

  /** Credentials, or the owner of the lock with which to load them, if there is one. Never rejects. */
  async #turn(key: string, want: Want): Promise<Turn> {
    const seen = new Set<string>();
    const usable = async () => {
      const found = await this.#entries.find(key);
      this.#refuse(found, seen);
      return { locked: found.locked, credentials: this.#usable(found, want) };
    };
    let lock: string | undefined;
    try {
      const { credentials } = await usable();
      if (credentials !== undefined) {
        this.#observe('hit');
        return { credentials };
      }
      this.#observe('miss');
      const owner = newOwner();
      // Set before it is known: a lock that is asked for may be taken although no answer came.
      lock = owner;
      if (!(await this.#entries.lock(key, owner, this.#lockMs))) lock = undefined;
      // Whoever held the lock before may have left its result in between.
      const result = lock === undefined ? await this.#wait(usable) : (await usable()).credentials;
      if (result === undefined) return lock === undefined ? {} : { lock };
      if (lock !== undefined) this.#behind(() => this.#entries.release(key, owner));
      this.#observe('waited');
      return { credentials: result };
    } catch (error) {
      this.#away(error);
      return lock === undefined ? {} : { lock };
    }
  }

  /** Waits for the holder of the lock: until it leaves its result or lets go, at most for a lock's life. */
  async #wait(usable: () => Promise<{ locked: boolean; credentials: ExpiringCredentials | undefined }>) {
    const until = performance.now() + this.#lockMs;
    for (let longest = FIRST_POLL_MS; performance.now() < until; longest = Math.min(longest * 1.5, LONGEST_POLL_MS)) {
      await delay(longest * (0.5 + Math.random() / 2));
      const { locked, credentials } = await usable();
      if (credentials !== undefined || !locked) return credentials;
    }
    return undefined;
  }

  #usable({ entries }: Found, { livesBeyond, keepUntil }: Want): ExpiringCredentials | undefined {
    const now = this.#clock.now();
    return entries.find(
      ({ credentials: { expiresAt }, keepUntil: end }) =>
        expiresAt > Math.max(livesBeyond, now) && Math.min(end, keepUntil) > now,
    )?.credentials;
  }

  async #leave(key: string, credentials: ExpiringCredentials, keepUntil: number, owner?: string): Promise<void> {
    const { expiresAt } = credentials;
    const lifeMs = Math.floor(Math.min(expiresAt ?? 0, keepUntil) - this.#clock.now());
    if (expiresAt === undefined) this.#longLived.set(key, true);
    if (expiresAt !== undefined && lifeMs > 0) {
      const entry = { credentials: { ...credentials, expiresAt }, keepUntil };
      if (await this.#entries.put(key, entry, lifeMs, owner)) this.#observe('stored');
    } else if (owner !== undefined) await this.#entries.release(key, owner);
  }

  #behind(write: () => Promise<void>): void {
    const done = write()
      .catch((error: unknown) => this.#away(error))
      .finally(() => this.#writes.delete(done));
    this.#writes.add(done);
  }

  /** Each refused entry counts once for each time that credentials are asked for. */
  #refuse({ refused }: Found, seen: Set<string>): void {
    for (const entry of refused) {
      if (seen.has(entry)) continue;
      seen.add(entry);
      this.#observe('refused');
      this.#log('an entry of the shared cache is not what was stored under its name', { entry });
    }
  }

  /** Counts what failed. Nothing of it reaches a request: credentials are to be had without this cache. */
  #away(error: unknown): void {
    const { outcome, reason } = redisAway(error);
    this.#observe(outcome);
    if (!(error instanceof RedisAway)) this.#log('the shared cache fails', { reason });
  }
}
