import type { Credentials } from '../signing/index.ts';

/** Credentials with the moment from which they must not be used. */
export interface ExpiringCredentials extends Credentials {
  /** Milliseconds since the epoch; absent for long-lived keys. */
  readonly expiresAt?: number;
}

export type StsOperation = 'AssumeRole' | 'AssumeRoleWithWebIdentity';

/** `refused`: a refusal that is repeated from memory. */
export type LookupOutcome = 'hit' | 'miss' | 'refused';

/** Told of what happens, for metrics; learns no secret. */
export interface CredentialsObserver {
  /** @param outcome `ok` or the error's code */
  stsCall(operation: StsOperation, outcome: string, seconds: number): void;
  cacheLookup(outcome: LookupOutcome): void;
  /** @param outcome of fetching credentials anew ahead of their expiry: `ok` or the error's code */
  refreshed(outcome: string): void;
}
