import type { ConfigSources, SigningConfig } from '../config/index.ts';
import type { SignerError } from '../errors/index.ts';
import { type Outcome, outcomeOf, type RequestObserver, type RequestReport, type RequestTrace } from './observer.ts';

/** What a request's headers say of it, for logs and traces. */
interface RequestIds {
  requestId?: string;
  traceparent?: string;
}

/** Reports one request's fate, the first that is told, with the time that it took. */
export class ReportOnce {
  /** Filled in as it becomes known. */
  readonly about = new Report();
  readonly #started = performance.now();
  readonly #onDone: (report: RequestReport) => void;
  readonly #traceRequest: RequestObserver['traceRequest'];
  #reported = false;

  constructor(onDone: (report: RequestReport) => void, traceRequest?: RequestObserver['traceRequest']) {
    this.#onDone = onDone;
    this.#traceRequest = traceRequest;
  }

  /** @returns the request's trace, where it is traced */
  begun(sources: ConfigSources, { requestId, traceparent }: RequestIds): RequestTrace | undefined {
    const { about } = this;
    about.sources = sources;
    if (sources.routeName) about.routeName = sources.routeName;
    if (requestId) about.requestId = requestId;
    if (traceparent) about.traceparent = traceparent;
    const trace = this.#traceRequest?.(traceparent);
    if (trace) about.trace = trace;
    return trace;
  }

  resolved(config: SigningConfig): void {
    this.about.config = config;
    this.about.service = config.service;
  }

  done(outcome: 'signed' | 'passed' | 'aborted'): void {
    this.#tell(outcome, undefined);
  }

  refused(error: SignerError): void {
    this.#tell(outcomeOf(error), error);
  }

  #tell(outcome: Outcome, error: SignerError | undefined): void {
    if (this.#reported) return;
    this.#reported = true;
    const { about } = this;
    about.outcome = outcome;
    about.error = error;
    about.code = error?.code;
    about.seconds = (performance.now() - this.#started) / 1000;
    this.#onDone(about);
  }
}

/** All fields from the start: what is read for each request always has one shape. */
class Report implements RequestReport {
  outcome: Outcome = 'aborted';
  code: RequestReport['code'];
  error: RequestReport['error'];
  service: RequestReport['service'];
  routeName: RequestReport['routeName'];
  requestId: RequestReport['requestId'];
  traceparent: RequestReport['traceparent'];
  trace: RequestReport['trace'];
  sources: RequestReport['sources'];
  config: RequestReport['config'];
  task: RequestReport['task'];
  seconds = 0;
}
