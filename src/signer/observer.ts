import type { ConfigSources, SigningConfig } from '../config/index.ts';
import type { ErrorCode, SignerError } from '../errors/index.ts';
import type { SigningTask } from './signer.ts';

/**
 * - `refused`: answered 4xx in AWS's stead, for what the caller sent or a policy says;
 * - `failed`: answered 5xx, which is for the operator to mend: configuration, STS, a defect;
 * - `aborted`: Envoy ended the stream before it was answered, as when the HTTP client goes away.
 */
export type Outcome = 'signed' | 'refused' | 'failed' | 'passed' | 'aborted';

/** What a request's trace goes on with; made by whoever traces, and only carried by all others. */
export interface RequestTrace {
  /** 32 hex digits. */
  readonly traceId: string;
}

/** One request's fate, for metrics, traces and logs. Its config and task are for those that know what to leave out. */
export interface RequestReport {
  outcome: Outcome;
  /** Why it was refused. */
  code?: ErrorCode | undefined;
  /** The refusal itself, for the log alone. */
  error?: SignerError | undefined;
  service?: string | undefined;
  routeName?: string | undefined;
  requestId?: string | undefined;
  /** The client's header of that name, not validated. */
  traceparent?: string | undefined;
  trace?: RequestTrace | undefined;
  /** Where the config was found, and what it came to, as far as the request got. */
  sources?: ConfigSources | undefined;
  config?: SigningConfig | undefined;
  task?: SigningTask | undefined;
  /** From the first message to the deciding answer. */
  seconds: number;
}

export interface RequestObserver {
  streamOpened(): void;
  /** @param reset by Envoy, which is how it ends most streams */
  streamClosed(reset?: boolean): void;
  requestDone(report: RequestReport): void;
  /** Absent: nothing is traced. @param traceparent of the request, not validated */
  traceRequest?(traceparent: string | undefined): RequestTrace | undefined;
}

/** Outcome of an error's answer. */
export function outcomeOf({ status }: SignerError): 'refused' | 'failed' {
  return status >= 500 ? 'failed' : 'refused';
}

/** The parts of a request's way that are timed. */
export const STAGES = ['config', 'credentials', 'hashing', 'signing'] as const;

export type Stage = (typeof STAGES)[number];

export interface StageObserver {
  stageDone(stage: Stage, milliseconds: number): void;
}
