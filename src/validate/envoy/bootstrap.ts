import type { Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { readChains } from './chain.ts';
import { readCluster } from './cluster.ts';

/** Reads a Bootstrap. */
export function readBootstrap(root: ConfigNode): Traffic {
  const resources = root.get('static_resources');
  return {
    chains: (resources?.list('listeners') ?? []).flatMap((listener) => readChains(listener)),
    clusters: (resources?.list('clusters') ?? []).map(readCluster),
    isComplete:
      root.at('dynamic_resources', 'cds_config') === undefined &&
      root.get('xds_config_tracker_extension') === undefined,
    signers: [],
    pairs: [],
    looseRoutes: [],
  };
}
