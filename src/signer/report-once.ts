import type { SignerError } from '../errors/index.ts';
import type { Outcome, RequestReport } from './observer.ts';

/** Reports one request's fate, the first that is told, with the time that it took. */
export class ReportOnce {
  /** Filled in as it becomes known. */
  readonly about: Pick<RequestReport, 'service' | 'routeName' | 'requestId'> = {};
  readonly #started = performance.now();
  readonly #onDone: (report: RequestReport) => void;
  #reported = false;

  constructor(onDone: (report: RequestReport) => void) {
    this.#onDone = onDone;
  }

  done(outcome: Outcome, error?: SignerError): void {
    if (this.#reported) return;
    this.#reported = true;
    const seconds = (performance.now() - this.#started) / 1000;
    this.#onDone({ outcome, seconds, ...this.about, ...(error && { code: error.code, error }) });
  }
}
