import { readChains, readCluster } from '../envoy/index.ts';
import type { Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import type { Resources } from './manifest.ts';

/** Reads what Consul's ProxyDefaults and ServiceDefaults put into the bootstrap: JSON objects with commas between them. */
export function readConsul(resources: Resources): Traffic[] {
  const owners = ['ProxyDefaults', 'ServiceDefaults'].flatMap((kind) => resources.of(kind, 'consul.hashicorp.com'));
  return owners.map(({ spec }) => {
    const extra = (name: string): ConfigNode[] => spec?.at('config', name)?.inner(['[', ']'])?.items() ?? [];
    return {
      chains: extra('envoy_extra_static_listeners_json').flatMap((listener) => readChains(listener)),
      clusters: extra('envoy_extra_static_clusters_json').map(readCluster),
      // Consul has clusters of its own besides.
      isComplete: false,
      signers: [],
      pairs: [],
      looseRoutes: [],
    };
  });
}
