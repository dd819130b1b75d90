export const REGION = 'eu-west-1';
export const SERVICES = ['sts', 'dynamodb', 'sqs', 'sns', 'kms', 's3'] as const;
export const PLACEMENTS = ['downstream', 'upstream'] as const;

export type Service = (typeof SERVICES)[number];
export type Placement = (typeof PLACEMENTS)[number];

/** A group of listeners, one for each service, that sign alike. */
export interface Entrance {
  placement: Placement;
  /** Tells entrances of one placement apart. */
  identity: string;
  signerPort: number;
  /** Of the route metadata, besides region, service and host. */
  fields?: Record<string, string>;
}

const TYPES = 'type.googleapis.com/envoy.extensions';
const FILTER_TYPES = `${TYPES}.filters.http`;
const ROUTER = { name: 'envoy.filters.http.router', typed_config: { '@type': `${FILTER_TYPES}.router.v3.Router` } };
const UPSTREAM_CODEC = {
  name: 'envoy.filters.http.upstream_codec',
  typed_config: { '@type': `${FILTER_TYPES}.upstream_codec.v3.UpstreamCodec` },
};
// As in envoy/. Matched against whole names; Envoy refuses an expression whose program is larger than 100.
const WRITTEN_HEADERS =
  ':(path|authority|scheme)|(x-|www-)?auth[a-z]+|cookie|content-[a-z]+|x-amzn?-[!-~]*|retry-after';

/** The name of an entrance's listener for a service. */
export function listenerName(
  { placement, identity }: Pick<Entrance, 'placement' | 'identity'>,
  service: Service,
): string {
  return `${placement}-${identity}-${service}`;
}

/** An Envoy configuration that lets each entrance's requests be signed on their way to moto. */
export function gatewayConfig(entrances: readonly Entrance[], motoPort: number): object {
  const groups = entrances.map((entrance) => {
    const signer = `signer-${entrance.placement}-${entrance.identity}`;
    const moto = `moto-${entrance.placement}-${entrance.identity}`;
    const filter = signerFilter(signer);
    const downstream = entrance.placement === 'downstream';
    const upstreamFilters = downstream ? [] : [filter, UPSTREAM_CODEC];
    const clusters = [
      cluster(signer, entrance.signerPort, { explicit_http_config: { http2_protocol_options: {} } }),
      cluster(moto, motoPort, {
        explicit_http_config: { http_protocol_options: {} },
        ...(!downstream && { http_filters: upstreamFilters }),
      }),
    ];
    const filters = downstream ? [filter, ROUTER] : [ROUTER];
    const listeners = SERVICES.map((service) =>
      listener(listenerName(entrance, service), filters, route(service, moto, entrance.fields)),
    );
    return { clusters, listeners };
  });
  return {
    static_resources: {
      listeners: groups.flatMap((group) => group.listeners),
      clusters: groups.flatMap((group) => group.clusters),
    },
  };
}

function route(service: Service, moto: string, fields: Entrance['fields']): object {
  const signing = { aws_region: REGION, aws_service: service, ...hostField(service), ...fields };
  const rewritten = service === 'kms' ? { host_rewrite_literal: hostOf(service) } : {};
  return {
    name: service,
    match: { prefix: '/' },
    route: { cluster: moto, timeout: '20s', ...rewritten },
    metadata: { filter_metadata: { 'aws-request-signing': signing } },
  };
}

/** Each way to name the host that is signed is in use; for moto any host is right. */
function hostField(service: Service): Record<string, string | boolean> {
  if (service === 'sns') return { use_altered_target: true };
  if (service === 'kms') return { sign_host: hostOf(service) };
  return { override_target_host: hostOf(service) };
}

function hostOf(service: Service): string {
  return `${service}.${REGION}.amazonaws.com`;
}

function signerFilter(clusterName: string): object {
  const config = '%METADATA(ROUTE:aws-request-signing)%';
  return {
    name: 'envoy.filters.http.ext_proc',
    typed_config: {
      '@type': `${FILTER_TYPES}.ext_proc.v3.ExternalProcessor`,
      grpc_service: {
        envoy_grpc: { cluster_name: clusterName },
        initial_metadata: [{ key: 'x-aws-request-signing-bin', value: config }],
        timeout: '5s',
      },
      request_attributes: ['xds.route_metadata', 'xds.virtual_host_metadata', 'xds.cluster_metadata', 'xds.route_name'],
      processing_mode: { request_header_mode: 'SEND', request_body_mode: 'BUFFERED', response_header_mode: 'SKIP' },
      message_timeout: '5s',
      failure_mode_allow: false,
      mutation_rules: {
        disallow_all: true,
        disallow_is_error: true,
        allow_expression: { regex: WRITTEN_HEADERS },
      },
    },
  };
}

function listener(name: string, filters: object[], only: object): object {
  const manager = {
    '@type': `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    // Anything else would change S3's keys.
    normalize_path: false,
    merge_slashes: false,
    path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
    http_filters: filters,
    route_config: { virtual_hosts: [{ name: 'aws', domains: ['*'], routes: [only] }] },
  };
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }],
  };
}

function cluster(name: string, port: number, protocol: object): object {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } };
  const options = { '@type': `${TYPES}.upstreams.http.v3.HttpProtocolOptions`, ...protocol };
  return {
    name,
    type: 'STATIC',
    connect_timeout: '2s',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
    typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': options },
  };
}
