import { outcomeOf, type RequestReport } from '../../signer/index.ts';
import { RecentCounts } from './recent-counts.ts';
import { RecentLatency } from './recent-latency.ts';
import { RouteBook } from './route-book.ts';

const REFUSALS_KEPT = 200;
/** Of traffic as a whole; a little more than is shown. */
const SECONDS_KEPT = 302;

/** A request that was answered in AWS's stead, or let through unsigned. */
export interface Refusal {
  readonly atMs: number;
  readonly outcome: 'refused' | 'failed';
  readonly code: string;
  readonly status: number;
  /** As the HTTP caller was told. */
  readonly reason: string;
  readonly routeName?: string;
  readonly requestId?: string;
}

/** What the operator's page tells of requests; kept in memory, and bounded. */
export class Journal {
  readonly routes = new RouteBook();
  readonly traffic = new RecentCounts(SECONDS_KEPT);
  readonly latency = new RecentLatency();
  /** Calls to STS: `signed` for those that gave credentials, `failed` for all others. */
  readonly sts = new RecentCounts(SECONDS_KEPT);
  readonly #refusals: Refusal[] = [];
  #refused = 0;

  requestDone(report: RequestReport): void {
    const now = Date.now();
    this.traffic.add(report.outcome, now);
    if (report.outcome !== 'aborted') this.latency.add(report.seconds, now);
    this.routes.add(report, now);
    if (report.error !== undefined) this.#keep(report, report.error, now);
  }

  /** @param outcome `ok` or an error's code */
  stsCall(outcome: string): void {
    this.sts.add(outcome === 'ok' ? 'signed' : 'failed', Date.now());
  }

  /** The latest first. */
  refusals(): Refusal[] {
    const next = this.#refused % REFUSALS_KEPT;
    return [...this.#refusals.slice(next), ...this.#refusals.slice(0, next)].reverse();
  }

  #keep({ routeName, requestId }: RequestReport, error: NonNullable<RequestReport['error']>, atMs: number): void {
    this.#refusals[this.#refused++ % REFUSALS_KEPT] = {
      atMs,
      outcome: outcomeOf(error),
      code: error.code,
      status: error.status,
      reason: error.message,
      ...(routeName !== undefined && { routeName }),
      // A header of the client's, as long as it likes.
      ...(requestId !== undefined && { requestId: requestId.slice(0, 80) }),
    };
  }
}
