import type { Signer } from '../model/signer.ts';
import type { Chain, Cluster, ConfigLayer, HttpFilter, Pair, Route } from '../model/traffic.ts';
import { withExtAuthzOverrides } from './ext-authz.ts';
import { withExtProcOverrides } from './ext-proc.ts';
import { signersAmong } from './find-signers.ts';
import { isDisabled, typedConfig } from './typed-config.ts';

/** A route with signing config that no signer stands on the way of. */
export interface Unsigned {
  readonly route: Route;
  readonly layers: readonly ConfigLayer[];
  /** The signer's configuration that switches it off for the route, if that is why. */
  readonly disabledBy?: Signer;
}

/** What becomes of a chain's routes. */
export interface ChainPairs {
  readonly pairs: Pair[];
  readonly unsigned: Unsigned[];
  /** Signers as the filters have them, before what routes override. */
  readonly signers: Signer[];
}

/** Finds the signers on the way of each route of a chain: in the chain itself, or in the cluster that it leads to. */
export function pairsOf(chain: Chain, clusters: ReadonlyMap<string, Cluster>): ChainPairs {
  const downstream = signersAmong(chain.filters, 'downstream', chain.routes);
  const found: ChainPairs = { pairs: [], unsigned: [], signers: [...downstream] };
  for (const route of chain.routes ?? []) {
    const targets = route.clusters.map((name) => clusters.get(name));
    for (const cluster of targets.length > 0 ? targets : [undefined]) {
      const upstream = upstreamSigners(chain, cluster, route);
      for (const signer of upstream) if (!found.signers.includes(signer)) found.signers.push(signer);
      const [active, inactive] = split([...downstream, ...upstream], route, [
        ...chain.filters,
        ...filtersOf(cluster, chain),
      ]);
      const rest = { route, chain, ...(cluster && { cluster }) };
      found.pairs.push(...active.map((signer) => ({ ...rest, signer: overridden(signer, route) })));
      const layers = [...(cluster?.layer ? [cluster.layer] : []), ...route.layers];
      const isKnown = cluster !== undefined || route.clusters.length === 0;
      if (active.length === 0 && route.layers.length > 0 && (isKnown || inactive !== undefined)) {
        found.unsigned.push({ route, layers, ...(inactive && { disabledBy: inactive }) });
      }
    }
  }
  return found;
}

function filtersOf(cluster: Cluster | undefined, chain: Chain): readonly HttpFilter[] {
  return cluster && cluster.filters.length > 0 ? cluster.filters : chain.upstreamFilters;
}

function upstreamSigners(chain: Chain, cluster: Cluster | undefined, route: Route): Signer[] {
  if (cluster === undefined || !route.leadsSomewhere) return [];
  return signersAmong(filtersOf(cluster, chain), 'upstream', [route]);
}

/** A filter that is disabled in its chain works where a route has configuration for it. */
function split(
  signers: readonly Signer[],
  route: Route,
  filters: readonly HttpFilter[],
): [Signer[], Signer | undefined] {
  const isActive = (signer: Signer) => {
    const perRoute = route.filterConfig(signer.filterName);
    if (perRoute) return !isDisabled(perRoute);
    return !filters.some(({ at, disabled }) => disabled && at.path === signer.at.path);
  };
  return [signers.filter(isActive), signers.find((signer) => !isActive(signer))];
}

function overridden(signer: Signer, route: Route): Signer {
  const perRoute = typedConfig(route.filterConfig(signer.filterName))?.fields;
  return signer.door === 'ext_proc'
    ? withExtProcOverrides(signer, perRoute?.get('overrides'))
    : withExtAuthzOverrides(signer, perRoute);
}
