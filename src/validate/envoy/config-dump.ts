import type { Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { readChains } from './chain.ts';
import { readCluster } from './cluster.ts';
import { typedConfig } from './typed-config.ts';

/** Whether a document is what Envoy's admin port answers to /config_dump. */
export function isConfigDump(root: ConfigNode): boolean {
  return root.list('configs').some((config) => typedConfig(config)?.type.startsWith('envoy.admin.v3.') ?? false);
}

/** Reads an admin.v3.ConfigDump: what Envoy has taken, static and dynamic. The bootstrap in it is the same once more. */
export function readConfigDump(root: ConfigNode): Traffic {
  const dumps = root.list('configs');
  const ofType = (name: string) => dumps.filter((dump) => typedConfig(dump)?.type === `envoy.admin.v3.${name}`);
  const tables = new Map<string, ConfigNode>();
  for (const dump of ofType('RoutesConfigDump')) {
    for (const one of dump.list('dynamic_route_configs')) {
      const table = one.get('route_config');
      const name = table?.get('name')?.text;
      if (table && name) tables.set(name, table);
    }
  }
  const listeners = ofType('ListenersConfigDump').flatMap((dump) => [
    ...dump.list('static_listeners').flatMap((one) => one.get('listener') ?? []),
    ...dump.list('dynamic_listeners').flatMap((one) => one.at('active_state', 'listener') ?? []),
  ]);
  const clusterDumps = ofType('ClustersConfigDump');
  const clusters = clusterDumps.flatMap((dump) =>
    ['static_clusters', 'dynamic_active_clusters', 'dynamic_warming_clusters'].flatMap((list) =>
      dump.list(list).flatMap((one) => one.get('cluster') ?? []),
    ),
  );
  return {
    chains: listeners.flatMap((listener) => readChains(listener, tables)),
    clusters: clusters.map(readCluster),
    isComplete: clusterDumps.length > 0,
    signers: [],
    pairs: [],
    looseRoutes: [],
  };
}
