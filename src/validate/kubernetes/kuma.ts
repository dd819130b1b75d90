import { isNamedSigner, readCluster, readHttpFilter, signerOf } from '../envoy/index.ts';
import type { Signer } from '../model/signer.ts';
import type { Cluster, Endpoint, Pair, Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import type { Manifest, Resources } from './manifest.ts';

const KUMA = 'kuma.io';

/** Reads Kuma's MeshProxyPatch: clusters that it adds or patches, HTTP filters that it adds. */
export function readKuma(resources: Resources): Traffic[] {
  return resources.of('MeshProxyPatch', KUMA).map((patch) => readPatch(patch, resources));
}

function readPatch({ spec }: Manifest, resources: Resources): Traffic {
  const changes = spec?.get('default')?.list('appendModifications') ?? [];
  const added: Cluster[] = [];
  const signers: Signer[] = [];
  const pairs: Pair[] = [];
  for (const change of changes) {
    const cluster = change.get('cluster');
    const value = cluster?.get('value')?.inner();
    if (cluster && value && cluster.get('operation')?.text === 'Add') added.push(readCluster(value));
    else if (cluster && value) pairs.push(...pairsOf(cluster, value, resources));
    const filter = change.at('httpFilter', 'value')?.inner();
    const signer = filter && signerOf(readHttpFilter(filter), 'downstream');
    if (signer && isNamedSigner(signer)) signers.push(signer);
  }
  return { chains: [], clusters: added, isComplete: false, signers, pairs, looseRoutes: [] };
}

/** All that goes to a cluster with the signer in its filters is one route here. */
function pairsOf(patch: ConfigNode, value: ConfigNode, resources: Resources): Pair[] {
  const name = patch.at('match', 'name')?.text ?? '';
  const cluster = { ...readCluster(value), name, endpoints: endpointsOf(name, resources), transportIsKnown: false };
  const signers = cluster.filters.flatMap((filter) => signerOf(filter, 'upstream') ?? []).filter(isNamedSigner);
  const route: Pair['route'] = {
    at: value,
    label: `cluster "${name}"`,
    domains: [name],
    layers: [],
    // Kuma takes the endpoint's name as host for what is outside of the mesh, behind all filters.
    rewrites: /_extsvc_/.test(name)
      ? [{ of: 'host', at: value, by: "Kuma's own auto_host_rewrite", atEndpoint: true }]
      : [],
    edits: [],
    clusters: [name],
    leadsSomewhere: true,
    filterConfig: () => undefined,
  };
  return signers.map((signer) => ({ route, signer, cluster }));
}

/** `{mesh}_{name}_{namespace}_{zone}_extsvc_{port}` */
function endpointsOf(cluster: string, resources: Resources): Endpoint[] {
  const service = resources
    .of('MeshExternalService', KUMA)
    .find(({ name, namespace }) => cluster.includes(`_${name}_${namespace}_`));
  return (service?.spec?.list('endpoints') ?? []).flatMap((at): Endpoint[] => {
    const host = at.get('address')?.text;
    return host ? [{ host, isPipe: false }] : [];
  });
}
