import type { Credentials } from '../signing/index.ts';
import type { SigningTask } from './signer.ts';

/** Whose signature a request left with. */
export interface SignedBy {
  readonly task: SigningTask;
  readonly credentials: Credentials;
}

/** What the target's response headers say of a signature. */
export interface Verdict {
  status: number;
  /** Of x-amzn-errortype. */
  errorType?: string | undefined;
  /** Of date. */
  date?: string | undefined;
}

/** The answers of AWS that speak of the signature or its credentials; others are the request's own affair. */
export const REJECTIONS = [
  'SignatureDoesNotMatch',
  'InvalidSignature',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'InvalidClientTokenId',
  'UnrecognizedClient',
  'ExpiredToken',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'RequestExpired',
] as const;

export type Rejection = (typeof REJECTIONS)[number];

const KNOWN: ReadonlySet<string> = new Set(REJECTIONS);

/** Told of what targets answer, for metrics. */
export interface VerdictObserver {
  rejectedByAws(code: Rejection, service: string): void;
  /** @param seconds how far the target's clock is ahead of ours; the clock that signs is never set by it */
  targetClock(seconds: number): void;
}

/** AWS's reason against a signature: x-amzn-errortype is `CODE:URL` or `CODEException`. */
export function rejectionOf({ status, errorType }: Verdict): Rejection | undefined {
  if (!(status >= 400 && status <= 403) || errorType === undefined) return undefined;
  const code = errorType
    .replace(/[:,].*$/, '')
    .replace(/Exception$/, '')
    .trim();
  return KNOWN.has(code) ? (code as Rejection) : undefined;
}
