import type { ErrorCode, SignerError } from '../errors/index.ts';

/** `aborted`: Envoy ended the stream before it was answered, as when the HTTP client goes away. */
export type Outcome = 'signed' | 'refused' | 'passed' | 'aborted';

/** One request's fate, for metrics and logs; holds no secret. */
export interface RequestReport {
  outcome: Outcome;
  /** Why it was refused. */
  code?: ErrorCode;
  /** The refusal itself, for the log alone. */
  error?: SignerError;
  service?: string;
  routeName?: string;
  requestId?: string;
  /** From the first message to the deciding answer. */
  seconds: number;
}

export interface RequestObserver {
  streamOpened(): void;
  streamClosed(): void;
  requestDone(report: RequestReport): void;
}
