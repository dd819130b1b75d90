import type { ConfigSources, SigningConfig } from '../config/index.ts';
import type { SignerError } from '../errors/index.ts';
import { outcomeOf, type RequestObserver, type RequestReport, type RequestTrace } from './observer.ts';

/** What a request's headers say of it, for logs and traces. */
interface RequestIds {
  requestId?: string;
  traceparent?: string;
}

/** Reports one request's fate, the first that is told, with the time that it took. */
export class ReportOnce {
  /** Filled in as it becomes known. */
  readonly about: Omit<RequestReport, 'outcome' | 'code' | 'error' | 'seconds'> = {};
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
    this.#tell({ outcome, seconds: this.#seconds(), ...this.about });
  }

  refused(error: SignerError): void {
    this.#tell({ outcome: outcomeOf(error), code: error.code, error, seconds: this.#seconds(), ...this.about });
  }

  #tell(report: RequestReport): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#onDone(report);
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }
}
