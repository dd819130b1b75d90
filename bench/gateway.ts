const TARGET_HOST = 'abc.execute-api.us-east-1.amazonaws.com';
const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
};

/** An Envoy configuration whose listener `upstream` answers 200 to what came signed for the target host, else 403. */
export function upstreamConfig(): object {
  const signed = {
    prefix: '/',
    headers: [
      { name: 'authorization', string_match: { prefix: 'AWS4-HMAC-SHA256 Credential=' } },
      { name: ':authority', string_match: { exact: TARGET_HOST } },
    ],
  };
  const routes = [
    { match: signed, direct_response: { status: 200, body: { inline_string: 'signed' } } },
    { match: { prefix: '/' }, direct_response: { status: 403, body: { inline_string: 'not signed' } } },
  ];
  return { static_resources: { listeners: [httpListener('upstream', routes, [ROUTER])] } };
}

/**
 * A plain Envoy configuration without any runtime flag: the listener `gateway` asks the signer by ext_proc as a downstream filter,
 * with the route's metadata as initial metadata, and forwards to the upstream.
 */
export function gatewayConfig(ports: { signer: number; upstream: number }): object {
  const route = {
    match: { prefix: '/' },
    route: { cluster: 'upstream' },
    metadata: {
      filter_metadata: {
        'aws-request-signing': {
          aws_region: 'us-east-1',
          aws_service: 'execute-api',
          override_target_host: TARGET_HOST,
        },
      },
    },
  };
  return {
    static_resources: {
      listeners: [httpListener('gateway', [route], [signerFilter(), ROUTER])],
      clusters: [
        cluster('upstream', ports.upstream),
        {
          ...cluster('signer', ports.signer),
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
        },
      ],
    },
  };
}

function signerFilter(): object {
  const written =
    '^(:authority|:path|:scheme|authorization|cookie|content-(type|length|encoding)|x-amz-.*|x-authorization)$';
  return {
    name: 'envoy.filters.http.ext_proc',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor',
      grpc_service: {
        envoy_grpc: { cluster_name: 'signer' },
        initial_metadata: [{ key: 'x-aws-request-signing', value: '%METADATA(ROUTE:aws-request-signing)%' }],
      },
      request_attributes: ['xds.route_metadata'],
      processing_mode: {
        request_header_mode: 'SEND',
        request_body_mode: 'BUFFERED',
        response_header_mode: 'SKIP',
        response_body_mode: 'NONE',
      },
      message_timeout: '5s',
      mutation_rules: {
        disallow_all: true,
        allow_expression: { regex: written },
        disallow_is_error: true,
      },
    },
  };
}

function httpListener(name: string, routes: object[], filters: object[]): object {
  const manager = {
    '@type': HCM,
    stat_prefix: name,
    http_filters: filters,
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
  };
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }],
  };
}

function cluster(name: string, port: number): object {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } };
  return {
    name,
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}
