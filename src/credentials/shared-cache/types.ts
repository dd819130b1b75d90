import type { Clock } from '../clock.ts';

/**
 * What became of the second level, once for each thing that happened:
 * - `hit`: the credentials were there; `miss`: they were not, or do not live long enough;
 * - `stored`: this replica loaded them and left them for the others; `waited`: another replica did, while this waited;
 * - `down`: no connection, an error answer, or a pause after failures; `timeout`: no answer in time;
 * - `refused`: an entry that could not be authenticated or parsed. It counts as absent.
 */
export type SharedCacheOutcome = 'hit' | 'miss' | 'stored' | 'waited' | 'down' | 'timeout' | 'refused';

/** A secret that the fleet shares. */
export interface SharedCacheKey {
  /** Names the key to people and binds entries to it; no secret. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Buffer;
}

export interface SharedCacheOptions {
  /** `redis://host:port/database`, `rediss://…` for TLS, or `unix:/path`. */
  url: string;
  username?: string;
  /** A function is asked at each connection, so that a password may be rotated. */
  password?: string | (() => Promise<string>);
  /** The first encrypts, all decrypt. */
  keys: readonly SharedCacheKey[];
  /** For each exchange with Redis, in milliseconds. */
  timeoutMs: number;
  /** How long one replica may load while the others wait for it, in milliseconds. */
  lockMs: number;
  /** `caFile`: authorities in PEM that are trusted in place of the system's. */
  tls?: { caFile?: string };
  clock: Clock;
  observe: (outcome: SharedCacheOutcome) => void;
  /** Told of connections lost and found, and of entries refused; learns no secret. */
  log?: Log;
}

export type Log = (message: string, about: object) => void;
