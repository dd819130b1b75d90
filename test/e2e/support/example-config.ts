import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** An example, by where the signer sits in it, or by the protocol that it is asked by. */
export type Placement = 'upstream' | 'downstream' | 'ext-authz';
/** Those of ext_proc. */
export const PLACEMENTS = ['upstream', 'downstream'] as const satisfies readonly Placement[];

const SIGNER_CLUSTER = 'sigv4-extproc';
const folder = join(import.meta.dirname, '..', '..', '..', 'envoy');

/** Where a test runs what an example configuration names by its address of the real world. */
export interface Addresses {
  /** The signer's port on loopback, or its unix socket. */
  signer: number | string;
  /** The port on loopback of the TLS service that stands in for AWS. */
  service: number;
  /** PEM of the authority that is trusted in place of the system's. */
  ca: string;
}

export interface Bootstrap {
  static_resources: { listeners: Listener[]; clusters: Cluster[] };
}

export interface Listener {
  per_connection_buffer_limit_bytes?: number;
  filter_chains: { filters: { typed_config: ConnectionManager }[] }[];
}

export interface ConnectionManager {
  route_config: { virtual_hosts: VirtualHost[] };
  http_filters: HttpFilter[];
}

export interface VirtualHost {
  name: string;
  domains: string[];
  routes: Route[];
  metadata?: Metadata;
}

export interface Route {
  name?: string;
  match: object;
  route?: object;
  metadata?: Metadata;
  typed_per_filter_config?: Record<string, object>;
}

export interface Metadata {
  filter_metadata: Record<string, object>;
}

export interface HttpFilter {
  name: string;
  typed_config: Record<string, unknown>;
}

export interface Cluster {
  name: string;
  metadata?: Metadata;
  load_assignment: { endpoints: { lb_endpoints: { endpoint: { address: object } }[] }[] };
  transport_socket?: { typed_config: { common_tls_context: { validation_context: { trusted_ca: object } } } };
  typed_extension_protocol_options?: Record<string, { http_filters?: HttpFilter[] }>;
}

/** The path of an example, as users copy it. */
export function examplePath(placement: Placement): string {
  return join(folder, placement === 'ext-authz' ? 'ext-authz.yaml' : `${placement}-filter.yaml`);
}

/** An example with nothing changed but addresses, and the trusted authority; TLS stays on. */
export function exampleConfig(placement: Placement, addresses: Addresses): Bootstrap {
  return configAt(readFileSync(examplePath(placement), 'utf8'), addresses);
}

/** The same for any bootstrap, as YAML, whose clusters are the signer's and those of AWS. */
export function configAt(yaml: string, addresses: Addresses): Bootstrap {
  // By way of JSON, so that what the file has by an alias is a copy of its own.
  const config: Bootstrap = JSON.parse(JSON.stringify(parse(yaml)));
  for (const cluster of config.static_resources.clusters) {
    const isSigner = cluster.name === SIGNER_CLUSTER;
    for (const { lb_endpoints } of cluster.load_assignment.endpoints) {
      for (const { endpoint } of lb_endpoints) {
        endpoint.address = addressOf(isSigner ? addresses.signer : addresses.service);
      }
    }
    if (isSigner) continue;
    if (cluster.transport_socket === undefined) throw new Error(`the cluster ${cluster.name} has no TLS`);
    const { validation_context } = cluster.transport_socket.typed_config.common_tls_context;
    validation_context.trusted_ca = { inline_string: addresses.ca };
  }
  return config;
}

/** The connection manager of a configuration's only listener. */
export function connectionManager({ static_resources }: Bootstrap): ConnectionManager {
  const manager = static_resources.listeners[0]?.filter_chains[0]?.filters[0]?.typed_config;
  if (manager === undefined) throw new Error('the configuration has no connection manager');
  return manager;
}

/** Every list of HTTP filters that holds the signer, which is one for each AWS cluster in the upstream placement. */
export function signerChains(config: Bootstrap): HttpFilter[][] {
  const ofClusters = config.static_resources.clusters.flatMap(({ typed_extension_protocol_options: options }) =>
    Object.values(options ?? {}).map(({ http_filters }) => http_filters ?? []),
  );
  return [connectionManager(config).http_filters, ...ofClusters].filter((filters) => filters.some(isSigner));
}

/** The signer's filter in each of its places. */
export function signerFilters(config: Bootstrap): HttpFilter[] {
  return signerChains(config).flatMap((filters) => filters.filter(isSigner));
}

function isSigner({ name }: HttpFilter): boolean {
  return name === 'envoy.filters.http.ext_proc' || name === 'envoy.filters.http.ext_authz';
}

function addressOf(target: number | string): object {
  if (typeof target === 'string') return { pipe: { path: target } };
  return { socket_address: { address: '127.0.0.1', port_value: target } };
}
