import { METADATA_NAMESPACE } from '../config/index.ts';
import type { SignedRoute } from './convert.ts';
import { escaped } from './regex.ts';

/** The Envoy cluster in which the signer runs. */
export const SIGNER_CLUSTER = 'sigv4-extproc';

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const TYPE = 'type.googleapis.com/envoy.extensions';

/** What the signer writes and removes on a converted route, leaving room in the 100 instructions that Envoy allows. */
const WRITTEN = ':(path|authority|scheme)|(x-|www-)?auth[a-z]+|content-[a-z]+|x-amzn?-[!-~]*|retry-after';
const WRITTEN_ALREADY = /^(?:(?:x-|www-)?auth[a-z]+|content-[a-z]+|x-amzn?-.*|retry-after)$/;
/** Characters that may be added: each is one instruction, and so is what joins them. */
const ROOM = 26;

/** Protocol options that put the signer among an AWS cluster's own filters. */
export function signedProtocolOptions(routes: readonly SignedRoute[]): object {
  return {
    [HTTP_OPTIONS]: {
      '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http_protocol_options: {} },
      http_filters: [
        { name: 'envoy.filters.http.ext_proc', typed_config: externalProcessor(mutationRules(routes)) },
        {
          name: 'envoy.filters.http.upstream_codec',
          typed_config: { '@type': `${TYPE}.filters.http.upstream_codec.v3.UpstreamCodec` },
        },
      ],
    },
  };
}

function externalProcessor(mutation_rules: object): object {
  return {
    '@type': `${TYPE}.filters.http.ext_proc.v3.ExternalProcessor`,
    grpc_service: {
      envoy_grpc: { cluster_name: SIGNER_CLUSTER },
      initial_metadata: [{ key: 'x-aws-request-signing-bin', value: `%METADATA(ROUTE:${METADATA_NAMESPACE})%` }],
    },
    request_attributes: ['xds.route_metadata', 'xds.virtual_host_metadata', 'xds.cluster_metadata', 'xds.route_name'],
    processing_mode: {
      request_header_mode: 'SEND',
      request_body_mode: 'BUFFERED',
      request_trailer_mode: 'SKIP',
      response_header_mode: 'SKIP',
      response_body_mode: 'NONE',
      response_trailer_mode: 'SKIP',
    },
    failure_mode_allow: false,
    message_timeout: '5s',
    max_message_timeout: '10s',
    mutation_rules,
  };
}

/** Exactly what the signer writes and removes; wide open but for system headers where Envoy's limit leaves no room. */
function mutationRules(routes: readonly SignedRoute[]): object {
  const named = routes.flatMap(({ fields }) => [fields.auth_header, fields.preserve_auth_header_key]);
  const names = named.filter((name) => typeof name === 'string').map((name) => name.toLowerCase());
  const more = [...new Set(names)].filter((name) => !WRITTEN_ALREADY.test(name));
  const regex = [WRITTEN, ...more.map(escaped)].join('|');
  if (regex.length - WRITTEN.length > ROOM) return { allow_all_routing: true, disallow_is_error: true };
  return { disallow_all: true, allow_expression: { regex }, disallow_is_error: true };
}

/** The cluster of the signer itself. */
export function signerCluster(): object {
  const address = { socket_address: { address: '127.0.0.1', port_value: 50051 } };
  return {
    name: SIGNER_CLUSTER,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: { cluster_name: SIGNER_CLUSTER, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
    health_checks: [
      {
        timeout: '1s',
        interval: '5s',
        no_traffic_interval: '5s',
        unhealthy_threshold: 2,
        healthy_threshold: 1,
        grpc_health_check: { service_name: 'envoy.service.ext_proc.v3.ExternalProcessor' },
      },
    ],
    circuit_breakers: { thresholds: [{ max_requests: 65_536, max_pending_requests: 65_536 }] },
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: {
        '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
        explicit_http_config: {
          http2_protocol_options: { connection_keepalive: { interval: '30s', timeout: '5s' } },
        },
      },
    },
  };
}
