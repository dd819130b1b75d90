import type { LayerOrigin } from '../../config/index.ts';
import type { ConfigNode } from '../source/index.ts';
import type { Setting, Signer } from './signer.ts';

/** Signing config as it stands in metadata. */
export interface ConfigLayer {
  readonly origin: LayerOrigin;
  readonly at: ConfigNode;
  readonly data: unknown;
}

/** A change of host or path that the router makes, which is behind every downstream filter. */
export interface Rewrite {
  readonly of: 'host' | 'path';
  readonly at: ConfigNode;
  /** The field's name. */
  readonly by: string;
  /** The host that it sets, where the configuration says it. */
  readonly to?: string;
  /** Made with the endpoint's name, which is behind upstream filters too. */
  readonly atEndpoint?: boolean;
}

/** A change of a request header that is made behind a downstream filter. */
export interface HeaderEdit {
  readonly action: 'set' | 'add if absent' | 'remove';
  readonly header: string;
  readonly at: ConfigNode;
}

/** Where a request may go. */
export interface Route {
  readonly at: ConfigNode;
  /** Its name, or the place's, for a person. */
  readonly label: string;
  readonly name?: string;
  /** Of its virtual host; undefined where the configuration does not hold them. */
  readonly domains?: readonly string[];
  readonly layers: readonly ConfigLayer[];
  readonly rewrites: readonly Rewrite[];
  readonly edits: readonly HeaderEdit[];
  /** Where it asks for retries or hedging. */
  readonly repeats?: ConfigNode;
  /** Names of the clusters that it leads to; none for redirects and direct responses. */
  readonly clusters: readonly string[];
  /** Where its cluster is not named but found by a header or a plugin. */
  readonly leadsSomewhere: boolean;
  /** Bytes of body that Envoy buffers, where the route or its virtual host says so. */
  readonly bufferLimit?: number;
  /** Configuration of filters by their names: of the route, or else of what it stands in. */
  readonly filterConfig: (filterName: string) => ConfigNode | undefined;
}

export interface HttpFilter {
  readonly at: ConfigNode;
  readonly name: string;
  /** The name of its type's package, such as `ext_proc`. */
  readonly kind: string;
  readonly config?: ConfigNode;
  readonly disabled: boolean;
}

/** How paths are changed before the filters. */
export interface PathSettings {
  readonly normalizes?: ConfigNode;
  readonly mergesSlashes?: ConfigNode;
  readonly unescapesSlashes?: ConfigNode;
}

/** One HTTP connection manager, or what a gateway makes of its resources. */
export interface Chain {
  readonly at: ConfigNode;
  readonly filters: readonly HttpFilter[];
  /** Filters of every cluster's chain that the router brings along. */
  readonly upstreamFilters: readonly HttpFilter[];
  readonly paths: PathSettings;
  /** Of the listener, in bytes. */
  readonly bufferLimit: Setting<number>;
  /** undefined where they come from somewhere else. */
  readonly routes?: readonly Route[];
}

export interface Endpoint {
  readonly host: string;
  readonly port?: number;
  /** A unix socket. */
  readonly isPipe: boolean;
}

/** TLS towards a cluster. */
export interface Tls {
  readonly at: ConfigNode;
  readonly names: boolean;
  readonly trusts: boolean;
  readonly checksName: boolean;
}

export interface Cluster {
  readonly at: ConfigNode;
  readonly name: string;
  readonly layer?: ConfigLayer;
  readonly endpoints: readonly Endpoint[];
  readonly isDynamicForwardProxy: boolean;
  readonly tls?: Tls;
  /** Where another mechanism than a TLS transport socket is used, nothing is said of TLS. */
  readonly transportIsKnown: boolean;
  readonly http2: boolean;
  readonly isHealthChecked: boolean;
  readonly maxRequests: Setting<number>;
  readonly bufferLimit?: Setting<number>;
  readonly filters: readonly HttpFilter[];
}

/** What one configuration holds: an Envoy's, or that of all manifests together. */
export interface Traffic {
  readonly chains: readonly Chain[];
  readonly clusters: readonly Cluster[];
  /** Whether every cluster that may be named has to be there. */
  readonly isComplete: boolean;
  /** Signers that are found in a configuration without the chains around them. */
  readonly signers: readonly Signer[];
  /** Pairs that a gateway makes of its resources. */
  readonly pairs: readonly Pair[];
  /** Routes whose signer is not in what was given: their config can be judged all the same. */
  readonly looseRoutes: readonly Route[];
}

/** A route, and a signer on its way. */
export interface Pair {
  readonly route: Route;
  readonly signer: Signer;
  readonly chain?: Chain;
  readonly cluster?: Cluster;
}
