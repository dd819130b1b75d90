import { type ChainPairs, pairsOf, type Unsigned } from '../envoy/index.ts';
import type { Signer } from '../model/signer.ts';
import type { Cluster, Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { judge, type KnownServer, type Way } from './judge.ts';

/** What the rules look at: one configuration, with all that follows from it. */
export interface Subject {
  readonly traffic: Traffic;
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Signers as they stand in filters, and as routes change them. */
  readonly signers: readonly Signer[];
  readonly ways: readonly Way[];
  /** The same, and those whose signer is not at hand, to judge what they hold. */
  readonly configs: readonly Way[];
  readonly unsigned: readonly Unsigned[];
  /** Milliseconds that an exchange with STS may take. */
  readonly stsTimeoutMs: number;
}

export function subjectOf(
  traffic: Traffic,
  { server, stsTimeoutMs }: { server: KnownServer; stsTimeoutMs: number },
): Subject {
  const clusters = new Map(traffic.clusters.map((cluster) => [cluster.name, cluster]));
  const ofChains: ChainPairs[] = traffic.chains.map((chain) => pairsOf(chain, clusters));
  const ways = [...ofChains.flatMap(({ pairs }) => pairs), ...traffic.pairs].map((pair) => judge(pair, server));
  const unsigned = ofChains.flatMap((one) => one.unsigned);
  const loose = [...unsigned.map(({ route }) => route), ...traffic.looseRoutes];
  const effective = ways.map(({ signer }) => signer);
  const places = new Set(effective.map(placeOf));
  // What every route overrides is nowhere in effect.
  const unmet = [...traffic.signers, ...ofChains.flatMap((one) => one.signers)].filter(
    (one) => !places.has(placeOf(one)),
  );
  return {
    traffic,
    clusters,
    signers: [...new Set([...unmet, ...effective])],
    ways,
    configs: [
      ...ways,
      ...loose
        .filter(({ layers }) => layers.length > 0)
        .map((route) => judge({ route, signer: assumedSigner(route.at) }, server)),
    ],
    unsigned,
    stsTimeoutMs,
  };
}

function placeOf({ at }: Signer): string {
  return `${at.file} ${at.path}`;
}

/** Whether anything in a configuration has to do with signing. */
export function concernsSigning({ signers, configs }: Subject): boolean {
  return signers.length > 0 || configs.length > 0;
}

/** A signer that nothing is wrong with, for routes that come without theirs. */
function assumedSigner(at: ConfigNode): Signer {
  const set = <T>(value: T) => ({ value, at, isSet: true });
  return {
    door: 'ext_proc',
    at,
    filterName: 'ext_proc',
    placement: 'downstream',
    failOpen: set(false),
    timeout: set(Number.POSITIVE_INFINITY),
    maxTimeout: 0,
    modes: { requestHeaders: set('SEND'), requestBody: set('BUFFERED'), requestTrailers: set('SEND') },
    channels: { at, initialMetadata: [], attributes: new Set(['xds.route_name']), dynamicMetadata: false },
    mutations: { at, isSet: true, canBeSet: true, isWide: false, refusalIsError: true, allows: () => true },
    keepsContentLength: set(true),
  };
}
