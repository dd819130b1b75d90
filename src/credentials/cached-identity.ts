/** Whose credentials are kept, for people: nothing of it is secret. */
export interface IdentityAbout {
  readonly source: 'caller' | 'workload';
  /** Of STS. */
  readonly region?: string;
  /** Absent: the workload's own credentials. */
  readonly role?: string;
  readonly sessionName?: string;
}

/** An identity in the cache, as it may be shown. */
export interface CachedIdentity extends IdentityAbout {
  /** Names it to `evictById`, in this process alone. */
  readonly id: string;
  /** `ASIA…WXYZ`. */
  readonly keyId: string;
  /** From when on it is not used any more, in milliseconds since the epoch; absent for long-lived keys. */
  readonly usableUntil?: number;
  /** Requests that it has served from the cache. */
  readonly hits: number;
}

/** The ends of an access key id, by which people tell keys apart. */
export function maskedKeyId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : `${id.slice(0, 2)}…`;
}
