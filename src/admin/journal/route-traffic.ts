import type { Outcome } from '../../signer/index.ts';
import { type Counts, noCounts, RecentCounts } from './recent-counts.ts';
import { RecentLatency } from './recent-latency.ts';

const SECONDS_KEPT = 61;

/** What became of the requests of a route, or of several together. */
export class RouteTraffic {
  /** Since it was first counted. */
  readonly counts: Counts = noCounts();
  readonly recent = new RecentCounts(SECONDS_KEPT);
  readonly latency = new RecentLatency();
  lastSeenMs = 0;

  add(outcome: Outcome, seconds: number, nowMs: number): void {
    this.counts[outcome]++;
    this.recent.add(outcome, nowMs);
    this.latency.add(seconds, nowMs);
    this.lastSeenMs = nowMs;
  }
}
