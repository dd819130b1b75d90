import type { Route } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { readConfigLayer } from './config-layer.ts';
import { readHeaderEdits } from './header-edits.ts';
import { readRewrites } from './rewrites.ts';

/** Reads a RouteConfiguration: all routes of all virtual hosts, each with what it inherits. */
export function readRouteTable(table: ConfigNode): Route[] {
  return table
    .list('virtual_hosts')
    .flatMap((host) => host.list('routes').map((route) => readRoute(route, host, table)));
}

/**
 * Reads a Route.
 * @param host the virtual host, where it is at hand
 * @param table the RouteConfiguration, where it is at hand
 */
export function readRoute(route: ConfigNode, host?: ConfigNode, table?: ConfigNode): Route {
  const action = route.get('route');
  const weighted = action?.at('weighted_clusters')?.list('clusters') ?? [];
  const holders = [...weighted, route, host, table];
  const name = route.get('name')?.text;
  const clusters = [action?.get('cluster'), ...weighted.map((cluster) => cluster.get('name'))];
  const repeats = repeating(action) ?? repeating(host);
  const bufferLimit = bufferLimitOf(route) ?? bufferLimitOf(host);
  return {
    at: route,
    label: `route ${name ? `"${name}"` : route.path}`,
    ...(name && { name }),
    ...(host && { domains: host.list('domains').flatMap((domain) => domain.text ?? []) }),
    layers: [
      ...readConfigLayer(host?.get('metadata'), 'virtual host'),
      ...readConfigLayer(route.get('metadata'), 'route'),
    ],
    rewrites: [...readRewrites(action, route.get('match')), ...weighted.flatMap((cluster) => readRewrites(cluster))],
    edits: holders.flatMap(readHeaderEdits),
    ...(repeats && { repeats }),
    clusters: clusters.flatMap((cluster) => cluster?.text ?? []),
    leadsSomewhere: action !== undefined,
    ...(bufferLimit !== undefined && { bufferLimit }),
    filterConfig: (filter) => {
      for (const holder of holders) {
        const config = holder?.get('typed_per_filter_config')?.get(filter);
        if (config) return config;
      }
      return undefined;
    },
  };
}

/** Seen on Envoy 1.40: both raise the listener's limit for the requests of a route. */
function bufferLimitOf(holder: ConfigNode | undefined): number | undefined {
  return (holder?.get('request_body_buffer_limit') ?? holder?.get('per_request_buffer_limit_bytes'))?.number;
}

/** A policy by which a request may be sent more than once. */
function repeating(holder: ConfigNode | undefined): ConfigNode | undefined {
  const retry = holder?.get('retry_policy');
  const hedge = holder?.get('hedge_policy');
  const retries = retry !== undefined && Boolean(retry.get('retry_on')?.text) && retry.get('num_retries')?.number !== 0;
  const hedges =
    hedge !== undefined &&
    (hedge.get('hedge_on_per_try_timeout')?.flag === true || (hedge.get('initial_requests')?.number ?? 1) > 1);
  return retries ? retry : hedges ? hedge : undefined;
}
