import type { ConfigSources, SigningConfig } from '../../config/index.ts';
import type { RequestReport } from '../../signer/index.ts';
import { RouteTraffic } from './route-traffic.ts';

/** More than a person reads. */
export const ROUTES_KEPT = 500;
/** After so long without a request a route gives way to one that has them. */
export const SILENT_MS = 300_000;
/** Between two looks for silent routes, however many others come. */
const SWEEP_MS = 1_000;

/** A route that requests have come by. */
export interface SeenRoute {
  /** Its name in Envoy; absent where it has none, or the filter does not ask for xds.route_name. */
  readonly name: string | undefined;
  /** For links and forms, the same for as long as the route is kept. */
  readonly id: string;
  /** As of its last request that had one. */
  config: SigningConfig | undefined;
  sources: ConfigSources | undefined;
  /** Of the last request, where it had no usable config. */
  configError: string | undefined;
  readonly traffic: RouteTraffic;
}

/**
 * Routes, each with its config and what became of its requests. Those that are kept stay until they are silent; requests
 * of all others are counted together, so that a request costs the same however many routes there are.
 */
export class RouteBook {
  /** By name; those without one by their config, which is all that tells them from others. */
  readonly #routes = new Map<string | SigningConfig | undefined, SeenRoute>();
  #others: RouteTraffic | undefined;
  #numbered = 0;
  #sweptMs = 0;

  add(report: RequestReport, nowMs: number): void {
    const { routeName, config, sources, outcome, seconds } = report;
    const key = routeName ?? config;
    const route = this.#routes.get(key) ?? this.#begin(key, routeName, nowMs);
    if (route === undefined) {
      this.#others ??= new RouteTraffic();
      this.#others.add(outcome, seconds, nowMs);
      return;
    }
    if (config === undefined) {
      if (report.error?.name === 'ConfigError') route.configError = report.error.message;
      route.sources = sources ?? route.sources;
    } else if (config !== route.config || route.configError !== undefined) {
      route.config = config;
      route.configError = undefined;
      // Not of each request: what is new and kept by what is old makes collections slower.
      route.sources = sources ?? route.sources;
    }
    route.traffic.add(outcome, seconds, nowMs);
  }

  /** Of the requests whose routes are not kept; undefined where there were none. */
  get others(): RouteTraffic | undefined {
    return this.#others;
  }

  /** By name, those without one last. */
  list(): SeenRoute[] {
    // Not kept: ICU's loading is a good part of a start, and only people look at lists.
    const { compare } = new Intl.Collator('en', { numeric: true });
    return [...this.#routes.values()].sort((a, b) => compare(a.name ?? '\uffff', b.name ?? '\uffff'));
  }

  find(id: string): SeenRoute | undefined {
    return [...this.#routes.values()].find((route) => route.id === id);
  }

  /** @returns undefined where there is no room */
  #begin(key: string | SigningConfig | undefined, name: string | undefined, nowMs: number): SeenRoute | undefined {
    if (this.#routes.size >= ROUTES_KEPT) this.#sweep(nowMs);
    if (this.#routes.size >= ROUTES_KEPT) return undefined;
    const id = `r${++this.#numbered}`;
    const route = {
      name,
      id,
      config: undefined,
      sources: undefined,
      configError: undefined,
      traffic: new RouteTraffic(),
    };
    this.#routes.set(key, route);
    return route;
  }

  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < SWEEP_MS) return;
    this.#sweptMs = nowMs;
    for (const [key, { traffic }] of this.#routes) {
      if (nowMs - traffic.lastSeenMs >= SILENT_MS) this.#routes.delete(key);
    }
  }
}
