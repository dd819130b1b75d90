import { LRUCache } from 'lru-cache';
import type { ConfigSources, SigningConfig } from '../../config/index.ts';
import type { RequestReport } from '../../signer/index.ts';
import { type Counts, noCounts, RecentCounts } from './recent-counts.ts';
import { RecentLatency } from './recent-latency.ts';

const ROUTES_KEPT = 500;
const SECONDS_KEPT = 61;

/** A route that requests have come by. */
export interface SeenRoute {
  /** Its name in Envoy; absent where it has none, or the filter does not ask for xds.route_name. */
  readonly name?: string;
  /** For links and forms, the same for as long as the route is kept. */
  readonly id: string;
  /** As of its last request that had one. */
  config?: SigningConfig;
  sources?: ConfigSources;
  /** Of the last request, where it had no usable config. */
  configError?: string;
  readonly counts: Counts;
  readonly recent: RecentCounts;
  readonly latency: RecentLatency;
  lastSeenMs: number;
}

/** The routes of the latest requests, each with its config and what became of its requests. */
export class RouteBook {
  readonly #routes = new LRUCache<string, SeenRoute>({ max: ROUTES_KEPT });
  readonly #unnamed = new WeakMap<SigningConfig, string>();
  #numbered = 0;

  add(report: RequestReport, nowMs: number): void {
    const { routeName, config, sources, outcome } = report;
    const key = routeName ?? this.#keyOf(config);
    let route = this.#routes.get(key);
    if (route === undefined) {
      route = {
        ...(routeName !== undefined && { name: routeName }),
        id: `r${++this.#numbered}`,
        counts: noCounts(),
        recent: new RecentCounts(SECONDS_KEPT),
        latency: new RecentLatency(),
        lastSeenMs: nowMs,
      };
      this.#routes.set(key, route);
    }
    if (config !== undefined) {
      route.config = config;
      delete route.configError;
    } else if (report.error?.name === 'ConfigError') route.configError = report.error.message;
    if (sources !== undefined) route.sources = sources;
    route.counts[outcome]++;
    route.recent.add(outcome, nowMs);
    route.latency.add(report.seconds, nowMs);
    route.lastSeenMs = nowMs;
  }

  /** By name, those without one last. */
  list(): SeenRoute[] {
    return [...this.#routes.values()].sort((a, b) => collator.compare(a.name ?? '\uffff', b.name ?? '\uffff'));
  }

  find(id: string): SeenRoute | undefined {
    return [...this.#routes.values()].find((route) => route.id === id);
  }

  /** Of a route without a name: its config is all that tells it from others. */
  #keyOf(config: SigningConfig | undefined): string {
    if (config === undefined) return '\0';
    let key = this.#unnamed.get(config);
    if (key === undefined) {
      key = `\0${++this.#numbered}`;
      this.#unnamed.set(config, key);
    }
    return key;
  }
}

const collator = new Intl.Collator('en', { numeric: true });
