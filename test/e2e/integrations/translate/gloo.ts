import { z } from 'zod';
import { type Manifest, ofKind, oneOfKind } from '../support/manifests.ts';
import {
  type EnvoyConfig,
  FILTERS,
  hostCluster,
  http2,
  httpListener,
  httpOptions,
  type Json,
  ROUTER,
  SYSTEM_CA,
  tlsTo,
  typeUrl,
} from './base.ts';
import { gatewayRoute, virtualHost } from './gateway-api.ts';

/*
 * What Gloo Gateway 1.21 makes of these manifests:
 * filter         projects/gloo/pkg/plugins/extproc/{plugin,converters}.go; extProcLate, of the Enterprise edition, as an
 *                upstream HTTP filter (docs, guides/traffic_management/extproc/about)
 * route metadata projects/gloo/pkg/plugins/metadata: envoyMetadata becomes filter_metadata
 * clusters       projects/gloo/pkg/plugins/static, projects/gloo/pkg/utils/ssl.go; names are NAME_NAMESPACE
 */

const extProcShape = z.strictObject({
  grpcService: z.strictObject({
    extProcServerRef: z.strictObject({ name: z.string(), namespace: z.string() }),
    initialMetadata: z.array(z.strictObject({ key: z.string(), value: z.string() })),
  }),
  filterStage: z.strictObject({ stage: z.literal('RouteStage'), predicate: z.literal('Before') }),
  failureModeAllow: z.boolean(),
  requestAttributes: z.array(z.string()),
  processingMode: z.strictObject({
    requestHeaderMode: z.string(),
    requestBodyMode: z.string(),
    requestTrailerMode: z.string(),
    responseHeaderMode: z.string(),
    responseBodyMode: z.string(),
    responseTrailerMode: z.string(),
  }),
  messageTimeout: z.string(),
  maxMessageTimeout: z.string(),
});
const settingsShape = z.union([
  z.strictObject({ extProc: extProcShape }),
  z.strictObject({ extProcLate: extProcShape }),
]);
const upstreamShape = z.strictObject({
  useHttp2: z.boolean().optional(),
  static: z.strictObject({ hosts: z.array(z.strictObject({ addr: z.string(), port: z.number() })).length(1) }),
  circuitBreakers: z.strictObject({ maxRequests: z.number(), maxPendingRequests: z.number() }).optional(),
  sslConfig: z.strictObject({
    sni: z.string(),
    verifySubjectAltName: z.array(z.string()),
    sslFiles: z.strictObject({ rootCa: z.literal(SYSTEM_CA) }).optional(),
    secretRef: z.strictObject({ name: z.string(), namespace: z.string() }).optional(),
  }),
});

const CODEC: Json = {
  name: 'envoy.filters.http.upstream_codec',
  typed_config: { '@type': `${FILTERS}.upstream_codec.v3.UpstreamCodec` },
};

/** The Envoy configuration of a Gateway, with the settings of one of the two files. */
export function translateGloo(manifests: readonly Manifest[]): EnvoyConfig {
  const settings = settingsShape.parse(oneOfKind(manifests, 'Settings').spec);
  const late = 'extProcLate' in settings;
  const filter = signer(late ? settings.extProcLate : settings.extProc);
  const { options } = z
    .strictObject({
      targetRefs: z.array(z.unknown()),
      options: z.strictObject({ perConnectionBufferLimitBytes: z.number() }),
    })
    .parse(oneOfKind(manifests, 'ListenerOption').spec);
  const listener = httpListener({
    filters: late ? [ROUTER] : [filter, ROUTER],
    virtualHosts: ofKind(manifests, 'HTTPRoute').map((route) => routed(manifests, route)),
    listener: { per_connection_buffer_limit_bytes: options.perConnectionBufferLimitBytes },
  });
  const clusters = ofKind(manifests, 'Upstream').map((upstream) => clusterOf(upstream, late ? [filter, CODEC] : []));
  return { static_resources: { listeners: [listener], clusters } };
}

function signer(settings: z.infer<typeof extProcShape>): Json {
  const { grpcService, processingMode: mode } = settings;
  const { name, namespace } = grpcService.extProcServerRef;
  return {
    name: 'envoy.filters.http.ext_proc',
    typed_config: {
      '@type': typeUrl('filters.http.ext_proc.v3.ExternalProcessor'),
      grpc_service: {
        envoy_grpc: { cluster_name: `${name}_${namespace}` },
        initial_metadata: grpcService.initialMetadata,
      },
      failure_mode_allow: settings.failureModeAllow,
      request_attributes: settings.requestAttributes,
      message_timeout: settings.messageTimeout,
      max_message_timeout: settings.maxMessageTimeout,
      processing_mode: {
        request_header_mode: mode.requestHeaderMode,
        request_body_mode: mode.requestBodyMode,
        request_trailer_mode: mode.requestTrailerMode,
        response_header_mode: mode.responseHeaderMode,
        response_body_mode: mode.responseBodyMode,
        response_trailer_mode: mode.responseTrailerMode,
      },
      metadata_options: {
        receiving_namespaces: {
          untyped: ['envoy.filters.http.ext_proc.encoder', 'envoy.filters.http.ext_proc.decoder'],
        },
      },
    },
  };
}

function routed(manifests: readonly Manifest[], route: Manifest): Json {
  const { hostnames, hostname, backend } = gatewayRoute(route);
  const optionShape = z.strictObject({
    targetRefs: z.array(z.strictObject({ group: z.string(), kind: z.literal('HTTPRoute'), name: z.string() })),
    options: z.strictObject({ envoyMetadata: z.record(z.string(), z.record(z.string(), z.unknown())) }),
  });
  const options = ofKind(manifests, 'RouteOption').map(({ spec }) => optionShape.parse(spec));
  const own = options.find(({ targetRefs }) => targetRefs.some(({ name }) => name === route.metadata.name));
  return virtualHost(route.metadata.name, hostnames, {
    name: route.metadata.name,
    ...(own && { metadata: { filter_metadata: own.options.envoyMetadata } }),
    route: { cluster: `${backend}_${route.metadata.namespace}`, host_rewrite_literal: hostname },
  });
}

function clusterOf({ metadata, spec }: Manifest, upstreamFilters: readonly Json[]): Json {
  const { static: fixed, sslConfig, useHttp2, circuitBreakers } = upstreamShape.parse(spec);
  const [host] = fixed.hosts;
  if (host === undefined) throw new Error(`${metadata.name} has no host`);
  const target = { name: `${metadata.name}_${metadata.namespace}`, host: host.addr, port: host.port };
  if (useHttp2) {
    const thresholds = [
      { max_requests: circuitBreakers?.maxRequests, max_pending_requests: circuitBreakers?.maxPendingRequests },
    ];
    return hostCluster(target, {
      ...http2(),
      transport_socket: tlsTo(sslConfig.sni),
      circuit_breakers: { thresholds },
    });
  }
  return hostCluster(target, {
    transport_socket: tlsTo(sslConfig.sni, sslConfig.verifySubjectAltName),
    ...httpOptions({
      explicit_http_config: { http_protocol_options: {} },
      ...(upstreamFilters.length > 0 && { http_filters: upstreamFilters }),
    }),
  });
}
