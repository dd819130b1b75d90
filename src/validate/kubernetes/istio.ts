import { isNamedSigner, readCluster, readHttpFilter, readRoute, signerOf } from '../envoy/index.ts';
import type { Signer } from '../model/signer.ts';
import type { Cluster, Pair, Route, Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { destinationCluster } from './istio-destination.ts';
import { withVirtualService } from './istio-virtual-service.ts';
import type { Manifest, Resources } from './manifest.ts';

/** One of the configPatches of an EnvoyFilter. */
interface Patch {
  readonly owner: Manifest;
  readonly kind: string;
  readonly operation: string;
  readonly match: ConfigNode | undefined;
  readonly value: ConfigNode;
  /** GATEWAY, SIDECAR_OUTBOUND, …: where it applies; ANY by default. */
  readonly context: string;
}

interface PatchedRoute {
  readonly patch: Patch;
  readonly route: Route;
  /** The host that it leads to, where it can be told. */
  readonly host: string | undefined;
}

/** Reads Istio's EnvoyFilter patches, with the VirtualServices and DestinationRules around them; one for each namespace. */
export function readIstio(resources: Resources): Traffic[] {
  const filters = resources.of('EnvoyFilter');
  const namespaces = new Set(filters.map(({ namespace }) => namespace));
  return [...namespaces].map((name) =>
    readNamespace(
      filters.filter(({ namespace }) => namespace === name),
      resources,
    ),
  );
}

function readNamespace(filters: readonly Manifest[], resources: Resources): Traffic {
  const patches = filters.flatMap(patchesOf);
  const clusterPatches = patches.filter(({ kind }) => kind === 'CLUSTER');
  const added = clusterPatches.filter(({ operation }) => operation === 'ADD').map(({ value }) => readCluster(value));
  const downstream = patches.filter(({ kind }) => kind === 'HTTP_FILTER').flatMap(downstreamSigner);
  const upstream = clusterPatches.flatMap(upstreamSigners);
  const routes = patches.filter(({ kind }) => kind === 'HTTP_ROUTE').map((patch) => patchedRoute(patch, resources));
  const pairs: Pair[] = [];
  const loose: Route[] = [];
  for (const one of routes) {
    const met = [...downstream, ...upstream].filter(({ patch, host }) => meets(one, patch, host));
    const cluster: Cluster | undefined = one.host === undefined ? undefined : destinationCluster(one.host, resources);
    pairs.push(...met.map(({ signer }) => ({ route: one.route, signer, ...(cluster && { cluster }) })));
    if (met.length === 0) loose.push(one.route);
  }
  return {
    chains: [],
    clusters: added,
    isComplete: false,
    signers: [...downstream, ...upstream].map(({ signer }) => signer),
    pairs,
    looseRoutes: loose,
  };
}

function patchesOf(owner: Manifest): Patch[] {
  return (owner.spec?.list('configPatches') ?? []).flatMap((at): Patch[] => {
    const value = at.at('patch', 'value');
    if (value === undefined) return [];
    return [
      {
        owner,
        value,
        kind: at.get('applyTo')?.text ?? '',
        operation: at.at('patch', 'operation')?.text ?? '',
        match: at.get('match'),
        context: at.at('match', 'context')?.text ?? 'ANY',
      },
    ];
  });
}

interface PlacedSigner {
  readonly patch: Patch;
  readonly signer: Signer;
  /** Of an upstream filter: the host of its cluster; undefined where it is in every cluster. */
  readonly host?: string;
}

function downstreamSigner(patch: Patch): PlacedSigner[] {
  const signer = signerOf(readHttpFilter(patch.value), 'downstream');
  return signer && isNamedSigner(signer) ? [{ patch, signer }] : [];
}

function upstreamSigners(patch: Patch): PlacedSigner[] {
  const match = patch.match?.get('cluster');
  // `outbound|443||host` where it is matched by Envoy's name.
  const host = match?.get('service')?.text ?? match?.get('name')?.text?.split('|').at(-1);
  return readCluster(patch.value).filters.flatMap((filter) => {
    const signer = signerOf(filter, 'upstream');
    return signer && isNamedSigner(signer) ? [{ patch, signer, ...(host && { host }) }] : [];
  });
}

function patchedRoute(patch: Patch, resources: Resources): PatchedRoute {
  const vhost = patch.match?.at('routeConfiguration', 'vhost');
  const name = vhost?.at('route', 'name')?.text;
  const ofVhost = vhost?.get('name')?.text?.replace(/:\d+$/, '');
  const route = readRoute(patch.value);
  const label = `route "${name ?? ofVhost ?? patch.owner.name}"`;
  const named = {
    ...route,
    label,
    leadsSomewhere: true,
    ...(name && { name }),
    ...(ofVhost && { domains: [ofVhost] }),
  };
  const found = withVirtualService(named, { name, host: ofVhost, namespace: patch.owner.namespace }, resources);
  return { patch, route: found.route, host: ofVhost ?? found.host };
}

/** A patch of one context meets what is patched in the same. */
function meets({ patch, host }: PatchedRoute, other: Patch, otherHost: string | undefined): boolean {
  const sameContext = [patch.context, other.context].includes('ANY') || patch.context === other.context;
  const sameHost = otherHost === undefined || host === undefined || otherHost === host;
  return sameContext && sameHost;
}
