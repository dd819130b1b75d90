import type { Cluster, Endpoint, HttpFilter, Tls } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { bufferLimit } from './chain.ts';
import { readConfigLayer } from './config-layer.ts';
import { readHttpFilter } from './http-filter.ts';
import { type TypedConfig, typedConfig } from './typed-config.ts';

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const UPSTREAM_TLS = /\.UpstreamTlsContext$/;
const PLAIN = /\.RawBuffer$/;
const WRAPPERS = /\.(?:UpstreamProxyProtocol|ProxyProtocolUpstream\w*|TapTransport|Tap|TcpStats\w*|Config)$/;
const DEFAULT_MAX_REQUESTS = 1024;

/** Reads a Cluster. */
export function readCluster(at: ConfigNode): Cluster {
  const http = at.at('typed_extension_protocol_options')?.get(HTTP_OPTIONS);
  const type = at.at('cluster_type', 'name')?.text ?? '';
  const isDynamicForwardProxy = type.includes('dynamic_forward_proxy');
  const socket = transport(at);
  const [layer] = readConfigLayer(at.get('metadata'), 'cluster');
  return {
    at,
    name: at.get('name')?.text ?? '',
    ...(layer && { layer }),
    endpoints: endpointsOf(at),
    isDynamicForwardProxy,
    ...(socket !== undefined &&
      UPSTREAM_TLS.test(socket.type) && { tls: readTls(socket, http, isDynamicForwardProxy) }),
    transportIsKnown:
      at.get('transport_socket_matches') === undefined &&
      (socket === undefined || UPSTREAM_TLS.test(socket.type) || PLAIN.test(socket.type)),
    http2: speaksHttp2(at, http),
    isHealthChecked: at.list('health_checks').length > 0,
    maxRequests: maxRequests(at),
    ...(at.get('per_connection_buffer_limit_bytes') && { bufferLimit: bufferLimit(at) }),
    filters: upstreamFilters(http),
  };
}

function upstreamFilters(http: ConfigNode | undefined): HttpFilter[] {
  return (http?.list('http_filters') ?? []).map(readHttpFilter);
}

/** The transport socket, out of what is wrapped around it. */
function transport(cluster: ConfigNode): TypedConfig | undefined {
  let socket = typedConfig(cluster.at('transport_socket', 'typed_config'));
  for (let depth = 0; socket && WRAPPERS.test(socket.type) && depth < 4; depth++) {
    const inner = typedConfig(socket.fields.at('transport_socket', 'typed_config'));
    if (inner === undefined) break;
    socket = inner;
  }
  return socket;
}

function readTls({ fields }: TypedConfig, http: ConfigNode | undefined, isDynamicForwardProxy: boolean): Tls {
  const common = fields.get('common_tls_context');
  const options = http?.get('upstream_http_protocol_options');
  const combined = common?.get('combined_validation_context');
  const context = common?.get('validation_context') ?? combined?.get('default_validation_context');
  const fromElsewhere =
    common?.get('validation_context_sds_secret_config') ?? combined?.get('validation_context_sds_secret_config');
  // Envoy itself turns both on for a dynamic forward proxy that says nothing of them.
  const isAutomatic = isDynamicForwardProxy && options === undefined;
  const named = context?.get('match_typed_subject_alt_names') ?? context?.get('match_subject_alt_names');
  return {
    at: fields,
    names:
      isAutomatic ||
      Boolean(fields.get('sni')?.text) ||
      options?.get('auto_sni')?.flag === true ||
      fields.get('auto_host_sni')?.flag === true,
    trusts: Boolean(
      fromElsewhere ??
        context?.get('trusted_ca') ??
        context?.get('system_root_certs') ??
        context?.get('ca_certificate_provider_instance') ??
        context?.get('custom_validator_config') ??
        context?.get('verify_certificate_spki') ??
        context?.get('verify_certificate_hash'),
    ),
    checksName: Boolean(
      isAutomatic ||
        fromElsewhere ||
        named ||
        fields.get('auto_sni_san_validation')?.flag === true ||
        options?.get('auto_san_validation')?.flag === true,
    ),
  };
}

function speaksHttp2(cluster: ConfigNode, http: ConfigNode | undefined): boolean {
  const explicit = http?.get('explicit_http_config');
  return Boolean(
    explicit?.get('http2_protocol_options') ??
      explicit?.get('http3_protocol_options') ??
      http?.at('use_downstream_protocol_config', 'http2_protocol_options') ??
      http?.get('auto_config') ??
      cluster.get('http2_protocol_options'),
  );
}

function maxRequests(cluster: ConfigNode): Cluster['maxRequests'] {
  const breakers = cluster.get('circuit_breakers');
  const thresholds = breakers?.list('thresholds') ?? [];
  const ordinary = thresholds.find((one) => (one.get('priority')?.text ?? 'DEFAULT').toUpperCase() === 'DEFAULT');
  const at = ordinary?.get('max_requests');
  const value = at?.number;
  return at && value !== undefined
    ? { value, at, isSet: true }
    : { value: DEFAULT_MAX_REQUESTS, at: breakers ?? cluster, isSet: false };
}

function endpointsOf(cluster: ConfigNode): Endpoint[] {
  return (cluster.get('load_assignment')?.list('endpoints') ?? []).flatMap((group) =>
    group.list('lb_endpoints').flatMap((one): Endpoint[] => {
      const endpoint = one.get('endpoint');
      const address = endpoint?.get('address');
      if (address?.get('pipe')) return [{ host: '', isPipe: true }];
      const host = endpoint?.get('hostname')?.text || address?.at('socket_address', 'address')?.text;
      const port = address?.at('socket_address', 'port_value')?.number;
      return host === undefined ? [] : [{ host, isPipe: false, ...(port !== undefined && { port }) }];
    }),
  );
}
