import { LRUCache } from 'lru-cache';
import type { Claims } from '../claims.ts';
import type { Clock } from '../clock.ts';
import type { IssuerKeys, KeySet } from './issuer-keys.ts';

export interface VerifiedToken {
  readonly claims: Claims;
  /** The token's own end, in milliseconds since the epoch: past by the clock tolerance at most. */
  readonly expiresAt?: number;
}

const MOST_TOKENS = 50_000;
/** Of the tokens' text, which their claims grow with. */
const MOST_CHARACTERS = 64 * 1024 * 1024;
const REMEMBERED_MS = 5 * 60_000;

interface Entry {
  readonly verified: VerifiedToken;
  readonly keys: IssuerKeys;
  readonly epoch: number;
  /** On the monotonic clock. */
  readonly forgetAt: number;
}

/**
 * Tokens that were verified, by their hash: to the sooner of their own end and five minutes, and no longer than the
 * issuer's keys are good and none of them is withdrawn. Refusals are not kept.
 */
export class TokenMemory {
  readonly #entries = new LRUCache<string, Entry>({ max: MOST_TOKENS, maxSize: MOST_CHARACTERS });
  readonly #clock: Clock;
  readonly #monotonic: () => number;

  constructor(clock: Clock, monotonic: () => number) {
    this.#clock = clock;
    this.#monotonic = monotonic;
  }

  get(hash: string): VerifiedToken | undefined {
    const entry = this.#entries.get(hash);
    if (entry === undefined) return undefined;
    const { verified, keys, epoch, forgetAt } = entry;
    if (this.#monotonic() < forgetAt && isLive(verified, this.#clock) && keys.ready()?.epoch === epoch) return verified;
    return undefined;
  }

  /** @param length the token's, in characters */
  keep(hash: string, length: number, verified: VerifiedToken, keys: IssuerKeys, { epoch }: KeySet): void {
    if (!isLive(verified, this.#clock)) return;
    const forgetAt = this.#monotonic() + REMEMBERED_MS;
    this.#entries.set(hash, { verified, keys, epoch, forgetAt }, { size: length });
  }
}

function isLive({ expiresAt }: VerifiedToken, clock: Clock): boolean {
  return expiresAt === undefined || clock.now() < expiresAt;
}
