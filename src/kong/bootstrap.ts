import { METADATA_NAMESPACE } from '../config/index.ts';
import { Clusters, clusterOf } from './clusters.ts';
import type { SignedRoute } from './convert.ts';
import type { Findings } from './findings.ts';
import { rewriteOf } from './path-rewrite.ts';
import type { RouteMatch } from './route-match.ts';
import { byPrecedence } from './route-order.ts';
import { signedProtocolOptions, signerCluster } from './signer-filter.ts';
import { authorityOf } from './target.ts';
import { groupByHost, type HostGroup } from './virtual-hosts.ts';

/** An Envoy route and the Kong route that it was made of. */
interface MadeRoute {
  at: string;
  hosts: readonly string[];
  precedence: readonly number[];
  envoyRoute: object;
}

const NETWORK = 'type.googleapis.com/envoy.extensions.filters';

/** `config.bootstrap.v3.Bootstrap` of an Envoy that serves the routes in Kong's place. */
export function bootstrapOf(routes: readonly SignedRoute[], findings: Findings): object {
  const clusters = new Clusters(routes);
  const made = routes
    .flatMap((route) => route.matches.map((match) => madeRoute(route, match, clusters)))
    .sort((a, b) => byPrecedence(a.precedence, b.precedence));
  const options = signedProtocolOptions(routes);
  const virtualHosts = groupByHost(made, findings).map(virtualHost);
  return {
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 9901 } } },
    static_resources: {
      listeners: [listener(virtualHosts)],
      clusters: [...clusters.all.map((target) => clusterOf(target, options)), signerCluster()],
    },
  };
}

function madeRoute(signed: SignedRoute, { path, precedence, match }: RouteMatch, clusters: Clusters): MadeRoute {
  const { route, service, target, fields } = signed;
  const { strip_path, preserve_host, hosts } = route.raw;
  const keepsHost = preserve_host === true && fields.use_altered_target !== true;
  return {
    at: route.at,
    hosts: hosts ?? [],
    precedence,
    envoyRoute: {
      name: route.name,
      match,
      route: {
        cluster: clusters.nameFor(target),
        ...rewriteOf(path, { base: service.path, strip: strip_path ?? true }),
        ...(!keepsHost && { host_rewrite_literal: authorityOf(target) }),
        timeout: '0s',
        idle_timeout: `${service.idleTimeoutMs / 1000}s`,
      },
      metadata: { filter_metadata: { [METADATA_NAMESPACE]: { ...fields } } },
    },
  };
}

function virtualHost({ domains, members }: HostGroup<MadeRoute>): object {
  const [first = ''] = domains;
  return {
    name: first === '*' ? 'any-host' : first,
    domains,
    routes: members.map(({ envoyRoute }) => envoyRoute),
  };
}

function listener(virtual_hosts: readonly object[]): object {
  const manager = {
    '@type': `${NETWORK}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'gateway',
    use_remote_address: true,
    normalize_path: true,
    merge_slashes: true,
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    route_config: { name: 'gateway', ignore_port_in_host_matching: true, virtual_hosts },
    http_filters: [
      { name: 'envoy.filters.http.router', typed_config: { '@type': `${NETWORK}.http.router.v3.Router` } },
    ],
  };
  return {
    name: 'gateway',
    address: { socket_address: { address: '127.0.0.1', port_value: 10_000 } },
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }],
  };
}
