import type { Chain } from '../model/traffic.ts';
import { type GatewayRoute, isChildOf, parentsOf } from './gateway-api.ts';
import { quantity, type Resources, targets } from './manifest.ts';

const DEFAULT_BUFFER_LIMIT = 32_768;

/**
 * What Envoy Gateway makes of the listener in front of a route, from the ClientTrafficPolicy of its gateway. Without
 * one the gateway's defaults count, if the gateway is there; otherwise the policy may be somewhere else.
 */
export function gatewayChain(route: GatewayRoute, resources: Resources): Chain | undefined {
  const policy = resources
    .of('ClientTrafficPolicy', 'gateway.envoyproxy.io')
    .find((one) => targets(one).some((target) => isChildOf(route, target, one.namespace)));
  const parents = parentsOf(route.manifest);
  const gateway = resources
    .of('Gateway', 'gateway.networking.k8s.io')
    .find(({ name, namespace }) => parents.some((one) => one.name === name && one.namespace === namespace));
  const at = policy?.at ?? gateway?.at;
  if (at === undefined) return undefined;
  const limit = policy?.spec?.at('connection', 'bufferLimit');
  const path = policy?.spec?.get('path');
  const merges = path?.get('disableMergeSlashes')?.flag !== true;
  const unescapes = path?.get('escapedSlashesAction')?.text !== 'KeepUnchanged';
  return {
    at,
    filters: [],
    upstreamFilters: [],
    bufferLimit: { value: quantity(limit) ?? DEFAULT_BUFFER_LIMIT, at: limit ?? at, isSet: limit !== undefined },
    // normalize_path is on in Envoy Gateway, and nothing turns it off.
    paths: {
      ...(merges && { mergesSlashes: path?.get('disableMergeSlashes') ?? path ?? at }),
      ...(unescapes && { unescapesSlashes: path?.get('escapedSlashesAction') ?? path ?? at }),
    },
  };
}
