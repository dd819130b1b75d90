import type { Setting } from '../model/signer.ts';
import type { Cluster, Endpoint, Tls } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';

/** What a gateway makes an Envoy cluster of, as far as its resources say it; the rest is the gateway's to get right. */
export interface ManagedCluster {
  readonly at: ConfigNode;
  readonly name: string;
  readonly endpoints?: readonly Endpoint[];
  readonly tls?: Tls;
  /** Whether a cluster without `tls` is one that has none. */
  readonly transportIsKnown?: boolean;
  readonly http2?: boolean;
  readonly maxRequests?: Setting<number>;
}

export function managedCluster({ at, name, ...known }: ManagedCluster): Cluster {
  return {
    endpoints: [],
    transportIsKnown: known.tls !== undefined,
    http2: true,
    maxRequests: { value: Number.POSITIVE_INFINITY, at, isSet: false },
    ...known,
    at,
    name,
    isDynamicForwardProxy: false,
    // Kubernetes' own probes keep what is not ready out of a Service.
    isHealthChecked: true,
    filters: [],
  };
}

/** A limit of requests at a time, 1024 where it is not set. */
export function parallelRequests(holder: ConfigNode | undefined, name: string, at: ConfigNode): Setting<number> {
  const node = holder?.get(name);
  const value = node?.number;
  return node && value !== undefined
    ? { value, at: node, isSet: true }
    : { value: 1024, at: holder ?? at, isSet: false };
}
