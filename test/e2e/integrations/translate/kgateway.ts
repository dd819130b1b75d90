import { z } from 'zod';
import { type Manifest, ofKind, oneOfKind } from '../support/manifests.ts';
import {
  type EnvoyConfig,
  hostCluster,
  http2,
  httpListener,
  httpOptions,
  type Json,
  ROUTER,
  tlsTo,
  typeUrl,
} from './base.ts';
import { gatewayRoute, virtualHost } from './gateway-api.ts';

/*
 * What kgateway 2.2 makes of these manifests:
 * filter    pkg/kgateway/extensions2/plugins/trafficpolicy/gateway_extension.go (buildCompositeExtProcFilter) and
 *           extproc_policy.go: one composite filter for each GatewayExtension, disabled, and routes enable it by name;
 *           as in its golden file testutils/outputs/traffic-policy/extproc-full-config.yaml
 * clusters  Backends and BackendConfigPolicies: pkg/kgateway/extensions2/plugins/{backend,backendconfigpolicy}
 */

const DISABLE = 'dev.kgateway.disable_ext_proc';
const extProcShape = z.strictObject({
  grpcService: z.strictObject({
    authority: z.string(),
    backendRef: z.strictObject({ group: z.string(), kind: z.literal('Backend'), name: z.string() }),
  }),
  failOpen: z.boolean().default(true),
  filterStage: z.strictObject({ stage: z.literal('Route'), predicate: z.literal('Before') }),
  processingMode: z.strictObject({
    requestHeaderMode: z.string(),
    requestBodyMode: z.string(),
    requestTrailerMode: z.string(),
    responseHeaderMode: z.string(),
    responseBodyMode: z.string(),
    responseTrailerMode: z.string(),
  }),
  routeCacheAction: z.literal('Retain'),
  messageTimeout: z.string(),
  maxMessageTimeout: z.string(),
});
const backendShape = z.strictObject({
  static: z.strictObject({
    appProtocol: z.literal('grpc').optional(),
    hosts: z.array(z.strictObject({ host: z.string(), port: z.number() })).length(1),
  }),
});
const backendPolicyShape = z.strictObject({
  targetRefs: z.array(z.strictObject({ group: z.string(), kind: z.literal('Backend'), name: z.string() })),
  circuitBreakers: z.strictObject({ maxRequests: z.number(), maxPendingRequests: z.number() }).optional(),
  tls: z
    .strictObject({
      sni: z.string(),
      verifySubjectAltNames: z.array(z.string()),
      wellKnownCACertificates: z.literal('System'),
      alpnProtocols: z.array(z.string()),
    })
    .optional(),
});
const trafficPolicyShape = z.strictObject({
  targetRefs: z.array(z.strictObject({ group: z.string(), kind: z.literal('HTTPRoute'), name: z.string() })),
  extProc: z.strictObject({ extensionRef: z.strictObject({ name: z.string() }) }),
});
const listenerPolicyShape = z.strictObject({
  targetRefs: z.array(z.unknown()),
  default: z.strictObject({ perConnectionBufferLimitBytes: z.number() }),
});

/** The Envoy configuration of a Gateway with one listener. */
export function translateKgateway(manifests: readonly Manifest[]): EnvoyConfig {
  const { default: limits } = listenerPolicyShape.parse(oneOfKind(manifests, 'ListenerPolicy').spec);
  const listener = httpListener({
    filters: [...ofKind(manifests, 'GatewayExtension').map(composite), ROUTER],
    virtualHosts: ofKind(manifests, 'HTTPRoute').map((route) => routed(manifests, route)),
    manager: { normalize_path: true, merge_slashes: true },
    listener: { per_connection_buffer_limit_bytes: limits.perConnectionBufferLimitBytes },
  });
  const clusters = ofKind(manifests, 'Backend').map((backend) => clusterOf(manifests, backend));
  return { static_resources: { listeners: [listener], clusters } };
}

function filterName(namespace: string | undefined, extension: string): string {
  return `ext_proc/${namespace}/${extension}`;
}

/** The filter in a composite that leaves it out where a policy higher up has disabled all of them. */
function composite({ metadata, spec }: Manifest): Json {
  const { extProc } = z.strictObject({ extProc: extProcShape }).parse(spec);
  const mode = extProc.processingMode;
  const filter = {
    '@type': typeUrl('filters.http.ext_proc.v3.ExternalProcessor'),
    grpc_service: {
      envoy_grpc: {
        cluster_name: clusterName(metadata.namespace, extProc.grpcService.backendRef.name),
        authority: extProc.grpcService.authority,
      },
    },
    failure_mode_allow: extProc.failOpen,
    route_cache_action: 'RETAIN',
    message_timeout: extProc.messageTimeout,
    max_message_timeout: extProc.maxMessageTimeout,
    processing_mode: {
      request_header_mode: mode.requestHeaderMode,
      request_body_mode: mode.requestBodyMode,
      request_trailer_mode: mode.requestTrailerMode,
      response_header_mode: mode.responseHeaderMode,
      response_body_mode: mode.responseBodyMode,
      response_trailer_mode: mode.responseTrailerMode,
    },
  };
  const action = {
    '@type': typeUrl('filters.http.composite.v3.ExecuteFilterAction'),
    typed_config: { name: 'envoy.filters.http.ext_proc', typed_config: filter },
  };
  const notDisabled = {
    input: {
      name: 'disable',
      typed_config: {
        '@type': typeUrl('matching.common_inputs.network.v3.DynamicMetadataInput'),
        filter: DISABLE,
        path: [{ key: 'disable' }],
      },
    },
    custom_match: {
      name: 'envoy.matching.matchers.metadata_matcher',
      typed_config: {
        '@type': typeUrl('matching.input_matchers.metadata.v3.Metadata'),
        value: { bool_match: true },
        invert: true,
      },
    },
  };
  return {
    name: filterName(metadata.namespace, metadata.name),
    disabled: true,
    typed_config: {
      '@type': typeUrl('common.matching.v3.ExtensionWithMatcher'),
      extension_config: {
        name: 'composite_ext_proc',
        typed_config: { '@type': typeUrl('filters.http.composite.v3.Composite') },
      },
      xds_matcher: {
        matcher_list: {
          matchers: [
            {
              predicate: { single_predicate: notDisabled },
              on_match: { action: { name: 'composite-action', typed_config: action } },
            },
          ],
        },
      },
    },
  };
}

function routed(manifests: readonly Manifest[], route: Manifest): Json {
  const { hostnames, hostname, backend } = gatewayRoute(route);
  const { name, namespace } = route.metadata;
  const policies = ofKind(manifests, 'TrafficPolicy').map(({ spec }) => trafficPolicyShape.parse(spec));
  const policy = policies.find(({ targetRefs }) => targetRefs.some((ref) => ref.name === name));
  const perRoute = { '@type': typeUrl('filters.http.ext_proc.v3.ExtProcPerRoute'), overrides: {} };
  return virtualHost(name, hostnames, {
    name: `listener~8080~${name}`,
    route: { cluster: clusterName(namespace, backend), host_rewrite_literal: hostname },
    ...(policy && { typed_per_filter_config: { [filterName(namespace, policy.extProc.extensionRef.name)]: perRoute } }),
  });
}

function clusterName(namespace: string | undefined, backend: string): string {
  return `backend_${namespace}_${backend}_0`;
}

function clusterOf(manifests: readonly Manifest[], { metadata, spec }: Manifest): Json {
  const { static: fixed } = backendShape.parse(spec);
  const [host] = fixed.hosts;
  if (host === undefined) throw new Error(`${metadata.name} has no host`);
  const policies = ofKind(manifests, 'BackendConfigPolicy').map((policy) => backendPolicyShape.parse(policy.spec));
  const policy = policies.find(({ targetRefs }) => targetRefs.some(({ name }) => name === metadata.name));
  const target = { name: clusterName(metadata.namespace, metadata.name), ...host };
  if (fixed.appProtocol === 'grpc') {
    const { maxRequests, maxPendingRequests } = policy?.circuitBreakers ?? {};
    const thresholds = [{ max_requests: maxRequests, max_pending_requests: maxPendingRequests }];
    return hostCluster(target, { ...http2(), circuit_breakers: { thresholds } });
  }
  if (policy?.tls === undefined) throw new Error(`${metadata.name} leaves without TLS`);
  return hostCluster(target, {
    transport_socket: tlsTo(policy.tls.sni, policy.tls.verifySubjectAltNames),
    ...httpOptions({ explicit_http_config: { http_protocol_options: {} } }),
  });
}
