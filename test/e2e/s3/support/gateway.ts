import type { Certificate } from '../../support/certificate.ts';
import { REGION, S3_HOST } from './versitygw.ts';

export type Transport = 'http' | 'https';
export type Placement = 'downstream' | 'upstream';

/** A pair of listeners, one of them TLS, and what signs behind them. */
export interface Entrance {
  name: string;
  placement: Placement;
  bodyMode: 'BUFFERED' | 'FULL_DUPLEX_STREAMED' | 'STREAMED' | 'BUFFERED_PARTIAL' | 'NONE';
  /** Of the route metadata, besides region, service and host. */
  fields: object;
  /** Of the filter; Envoy 1.38 or newer. Default: with FULL_DUPLEX_STREAMED. */
  allowContentLength?: boolean;
  /** Of the listener. */
  bufferLimit?: number;
}

export interface GatewayParts {
  signerPort: number;
  /** Of versitygw, or of what stands in front of it. */
  servicePort: number;
  /** Of both the TLS listeners and the service. */
  certificate: Certificate;
}

const TYPES = 'type.googleapis.com/envoy.extensions';
const FILTER_TYPES = `${TYPES}.filters.http`;
const ROUTER = { name: 'envoy.filters.http.router', typed_config: { '@type': `${FILTER_TYPES}.router.v3.Router` } };
const UPSTREAM_CODEC = {
  name: 'envoy.filters.http.upstream_codec',
  typed_config: { '@type': `${FILTER_TYPES}.upstream_codec.v3.UpstreamCodec` },
};
/** As in envoy/. */
const WRITTEN_HEADERS =
  ':(path|authority|scheme)|(x-|www-)?auth[a-z]+|cookie|content-[a-z]+|x-amzn?-[!-~]*|retry-after';

/** The name of an entrance's listener. */
export function listenerName(entrance: string, transport: Transport): string {
  return `${entrance}-${transport}`;
}

/** An Envoy configuration that signs what comes in by each entrance on its way to versitygw. */
export function gatewayConfig(entrances: readonly Entrance[], parts: GatewayParts): object {
  const signer = cluster('signer', parts.signerPort, { explicit_http_config: { http2_protocol_options: {} } });
  const groups = entrances.map((entrance) => {
    const filter = signerFilter(entrance);
    const upstream = entrance.placement === 'upstream';
    const service = {
      ...cluster(`s3-${entrance.name}`, parts.servicePort, {
        explicit_http_config: { http_protocol_options: {} },
        ...(upstream && { http_filters: [filter, UPSTREAM_CODEC] }),
      }),
      transport_socket: upstreamTls(parts.certificate),
    };
    const filters = upstream ? [ROUTER] : [filter, ROUTER];
    const listeners = [listener(entrance, 'http', filters), listener(entrance, 'https', filters, parts.certificate)];
    return { service, listeners };
  });
  return {
    static_resources: {
      listeners: groups.flatMap((group) => group.listeners),
      clusters: [signer, ...groups.map((group) => group.service)],
    },
  };
}

function route({ name, fields }: Entrance): object {
  const signing = {
    ...{ aws_region: REGION, aws_service: 's3', credential_source: 'workload', override_target_host: S3_HOST },
    ...fields,
  };
  return {
    match: { prefix: '/' },
    route: { cluster: `s3-${name}`, timeout: '60s' },
    metadata: { filter_metadata: { 'aws-request-signing': signing } },
  };
}

function signerFilter({ bodyMode, allowContentLength = bodyMode === 'FULL_DUPLEX_STREAMED' }: Entrance): object {
  const config = '%METADATA(ROUTE:aws-request-signing)%';
  return {
    name: 'envoy.filters.http.ext_proc',
    typed_config: {
      '@type': `${FILTER_TYPES}.ext_proc.v3.ExternalProcessor`,
      grpc_service: {
        envoy_grpc: { cluster_name: 'signer' },
        initial_metadata: [{ key: 'x-aws-request-signing-bin', value: config }],
      },
      request_attributes: ['xds.route_metadata'],
      processing_mode: {
        request_header_mode: 'SEND',
        request_body_mode: bodyMode,
        request_trailer_mode: bodyMode === 'FULL_DUPLEX_STREAMED' ? 'SEND' : 'SKIP',
        response_header_mode: 'SKIP',
      },
      ...(allowContentLength && { allow_content_length_header: true }),
      message_timeout: '5s',
      failure_mode_allow: false,
      mutation_rules: { disallow_all: true, disallow_is_error: true, allow_expression: { regex: WRITTEN_HEADERS } },
    },
  };
}

function listener(entrance: Entrance, transport: Transport, filters: object[], certificate?: Certificate): object {
  const manager = {
    '@type': `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: entrance.name,
    normalize_path: false,
    merge_slashes: false,
    path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
    http_filters: filters,
    route_config: { virtual_hosts: [{ name: 's3', domains: ['*'], routes: [route(entrance)] }] },
  };
  const chain = {
    filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }],
    ...(certificate && { transport_socket: downstreamTls(certificate) }),
  };
  return {
    name: listenerName(entrance.name, transport),
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    ...(entrance.bufferLimit !== undefined && { per_connection_buffer_limit_bytes: entrance.bufferLimit }),
    filter_chains: [chain],
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

function upstreamTls({ cert }: Certificate): object {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${TYPES}.transport_sockets.tls.v3.UpstreamTlsContext`,
      sni: S3_HOST,
      auto_sni_san_validation: true,
      common_tls_context: { validation_context: { trusted_ca: { inline_string: cert } } },
    },
  };
}

function downstreamTls({ cert, key }: Certificate): object {
  const certificates = [{ certificate_chain: { inline_string: cert }, private_key: { inline_string: key } }];
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${TYPES}.transport_sockets.tls.v3.DownstreamTlsContext`,
      common_tls_context: { tls_certificates: certificates },
    },
  };
}
