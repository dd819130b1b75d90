import type { ExpiringCredentials } from './types.ts';

/** A request that is signed now must still find its credentials alive when AWS reads it. */
export const EXPIRY_MARGIN_MS = 5_000;
/** Long-lived keys come from files and environments that may be rotated: read anew after this time, used no longer than the other. */
const REREAD_MS = 60_000;
const LONG_LIVED_MS = 5 * 60_000;
/** Refreshing begins no earlier than this before the end, however long the session is. */
const LONGEST_WINDOW_MS = 10 * 60_000;

export interface Lifetime {
  /** From here on they are not used. */
  readonly usableUntil: number;
  /** From here on a request that uses them has new ones fetched; infinite where new ones would live no longer. */
  readonly refreshAt: number;
}

/**
 * When credentials loaded now should be refreshed, and when they end, in milliseconds since the epoch. The refresh is
 * due somewhere in the second half of the window before the end, at random, so that what was loaded together is not
 * refreshed together.
 * @param validUntil an end that is not in the credentials
 * @param random from 0 to 1
 */
export function lifetimeOf(
  { expiresAt }: ExpiringCredentials,
  now: number,
  validUntil: number,
  random: number,
): Lifetime {
  if (expiresAt === undefined) {
    return { usableUntil: Math.min(now + LONG_LIVED_MS, validUntil), refreshAt: now + REREAD_MS * (1 - random / 4) };
  }
  const usableUntil = Math.min(expiresAt - EXPIRY_MARGIN_MS, validUntil);
  if (validUntil <= expiresAt) return { usableUntil, refreshAt: Number.POSITIVE_INFINITY };
  const window = Math.min((usableUntil - now) / 2, LONGEST_WINDOW_MS);
  return { usableUntil, refreshAt: usableUntil - window * (1 - random / 2) };
}
