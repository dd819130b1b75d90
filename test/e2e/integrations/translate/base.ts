const TYPES = 'type.googleapis.com/envoy.extensions';
export const FILTERS = `${TYPES}.filters.http`;
export const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
export const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';

/** Any JSON object of an Envoy configuration, in proto3's JSON form. */
export type Json = Record<string, unknown>;

export interface EnvoyConfig {
  static_resources: { listeners: Json[]; clusters: Json[] };
}

export interface HttpListener {
  filters: readonly Json[];
  virtualHosts: readonly Json[];
  /** Of the connection manager. */
  manager?: Json;
  /** Of the listener. */
  listener?: Json;
}

/** `url` of a type of Envoy's API, after `envoy.extensions.`. */
export function typeUrl(name: string): string {
  return `${TYPES}.${name}`;
}

export const ROUTER: Json = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': `${FILTERS}.router.v3.Router` },
};

/** The listener `gateway`, in plain HTTP: what the tests' clients speak. */
export function httpListener({ filters, virtualHosts, manager, listener }: HttpListener): Json {
  const typedConfig = {
    '@type': typeUrl('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'gateway',
    use_remote_address: true,
    ...manager,
    http_filters: filters,
    route_config: { name: 'gateway', virtual_hosts: virtualHosts },
  };
  return {
    name: 'gateway',
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    ...listener,
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: typedConfig }] },
    ],
  };
}

export interface Target {
  name: string;
  host: string;
  port: number;
}

/** A cluster of one host by its DNS name, or by its address. */
export function hostCluster({ name, host, port }: Target, more: Json = {}): Json {
  return {
    name,
    type: /^[\d.]+$/.test(host) ? 'STATIC' : 'STRICT_DNS',
    connect_timeout: '5s',
    dns_lookup_family: 'V4_PREFERRED',
    load_assignment: endpoint(name, { socket_address: { address: host, port_value: port } }),
    ...more,
  };
}

/** A cluster of one unix socket. */
export function socketCluster(name: string, path: string, more: Json = {}): Json {
  return { name, type: 'STATIC', connect_timeout: '5s', load_assignment: endpoint(name, { pipe: { path } }), ...more };
}

function endpoint(cluster: string, address: Json): Json {
  return { cluster_name: cluster, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] };
}

/** TLS to a name that the certificate has to be for, of an authority that the system trusts. */
export function tlsTo(sni: string, names: readonly string[] = [sni]): Json {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': typeUrl('transport_sockets.tls.v3.UpstreamTlsContext'),
      sni,
      common_tls_context: {
        validation_context: {
          trusted_ca: { filename: SYSTEM_CA },
          match_typed_subject_alt_names: names.map((exact) => ({ san_type: 'DNS', matcher: { exact } })),
        },
      },
    },
  };
}

/** Of a cluster that speaks HTTP/2. */
export function http2(): Json {
  return httpOptions({ explicit_http_config: { http2_protocol_options: {} } });
}

/** Of a cluster. */
export function httpOptions(options: Json): Json {
  return {
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: { '@type': typeUrl('upstreams.http.v3.HttpProtocolOptions'), ...options },
    },
  };
}

/** Whether a JSON value is an object. */
export function isMessage(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
