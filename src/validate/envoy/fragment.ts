import type { Chain, Route, Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { bufferLimit, readChains, readPathSettings } from './chain.ts';
import { readCluster } from './cluster.ts';
import { readExtProc } from './ext-proc.ts';
import { readHttpFilter } from './http-filter.ts';
import { readRoute, readRouteTable } from './route-table.ts';

/** Reads a part of a configuration: what would stand in a connection manager, a listener, or among the resources. */
export function readFragment(root: ConfigNode): Traffic {
  const filters = root.list('http_filters').map(readHttpFilter);
  const routes = [...root.list('routes').map((route) => readRoute(route)), ...readRouteTable(root)];
  const listeners = [...root.list('listeners'), ...(root.get('filter_chains') ? [root] : [])];
  const chains = listeners.flatMap((listener) => readChains(listener));
  if (filters.length > 0) chains.push(partialChain(root, filters, routes));
  return {
    chains,
    clusters: root.list('clusters').map(readCluster),
    isComplete: false,
    signers: root.get('grpc_service') ? [readExtProc(root, root, 'ext_proc', 'downstream')] : [],
    pairs: [],
    looseRoutes: filters.length > 0 ? [] : routes,
  };
}

function partialChain(at: ConfigNode, filters: Chain['filters'], routes: readonly Route[]): Chain {
  return {
    at,
    filters,
    upstreamFilters: [],
    paths: readPathSettings(at),
    bufferLimit: bufferLimit(at),
    ...(routes.length > 0 && { routes }),
  };
}
