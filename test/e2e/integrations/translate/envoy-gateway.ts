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
  socketCluster,
  tlsTo,
  typeUrl,
} from './base.ts';
import { gatewayRoute, virtualHost } from './gateway-api.ts';

/*
 * What Envoy Gateway 1.9 makes of these manifests, compared with what its own translator printed for them:
 * filter          internal/xds/translator/extproc.go (there is one for each policy, disabled, and routes enable it)
 * processingMode  buildProcessingMode of that file
 * route metadata  internal/xds/translator/metadata.go; annotations: internal/gatewayapi/route.go, egPrefix
 * host rewrite    buildXdsURLRewriteAction of internal/xds/translator/route.go
 * listener        internal/xds/translator/listener.go (buffer limit 32768, path normalisation)
 * patches         internal/xds/translator/jsonpatch.go
 */

const ANNOTATIONS = 'gateway.envoyproxy.io/';
const KIBIBYTES = { Ki: 1, Mi: 1024, Gi: 1024 * 1024 };

const extProcShape = z.strictObject({
  backendRefs: z.array(z.strictObject({ group: z.string(), kind: z.literal('Backend'), name: z.string() })).length(1),
  backendSettings: z.strictObject({
    circuitBreaker: z.strictObject({ maxParallelRequests: z.number(), maxPendingRequests: z.number() }),
  }),
  messageTimeout: z.string(),
  failOpen: z.boolean(),
  processingMode: z.strictObject({
    request: z.strictObject({ body: z.enum(['Buffered', 'FullDuplexStreamed']), attributes: z.array(z.string()) }),
  }),
});
const clientPolicyShape = z.strictObject({
  targetRefs: z.array(z.unknown()),
  connection: z.strictObject({ bufferLimit: z.string() }),
  path: z.strictObject({ disableMergeSlashes: z.boolean(), escapedSlashesAction: z.literal('KeepUnchanged') }),
});
const backendShape = z.strictObject({
  endpoints: z
    .array(
      z.union([
        z.strictObject({ unix: z.strictObject({ path: z.string() }) }),
        z.strictObject({ fqdn: z.strictObject({ hostname: z.string(), port: z.number() }) }),
      ]),
    )
    .length(1),
});
const patchShape = z.strictObject({
  type: z.string(),
  name: z.string(),
  operation: z.strictObject({
    op: z.literal('add'),
    jsonPath: z.string(),
    path: z.string(),
    value: z.unknown(),
  }),
});

/** The Envoy configuration of a Gateway with one listener; `patched` applies its EnvoyPatchPolicies too. */
export function translateEnvoyGateway(manifests: readonly Manifest[], patched: boolean): EnvoyConfig {
  const policy = oneOfKind(manifests, 'EnvoyExtensionPolicy');
  const { metadata } = oneOfKind(manifests, 'Gateway');
  const extProc = z.strictObject({ targetRefs: z.array(z.unknown()), extProc: z.array(extProcShape).length(1) });
  const [settings] = extProc.parse(policy.spec).extProc;
  if (settings === undefined) throw new Error('no extProc');
  const prefix = `envoyextensionpolicy/${policy.metadata.namespace}/${policy.metadata.name}`;
  const signer = `${prefix}/extproc/0`;
  const filterName = `envoy.filters.http.ext_proc/${signer}`;
  const filter = { name: filterName, disabled: true, typed_config: filterConfig(settings, signer, policy) };
  if (patched) patch(manifests, `${metadata.namespace}/${metadata.name}/http`, filter);
  const listener = httpListener({
    filters: [filter, ROUTER],
    virtualHosts: ofKind(manifests, 'HTTPRoute').map((route) => routed(manifests, route, filterName)),
    ...clientSettings(manifests),
  });
  const { circuitBreaker } = settings.backendSettings;
  const signerCluster = clusterOf(manifests, settings.backendRefs[0]?.name ?? '', signer, {
    ...http2(),
    circuit_breakers: {
      thresholds: [
        { max_requests: circuitBreaker.maxParallelRequests, max_pending_requests: circuitBreaker.maxPendingRequests },
      ],
    },
  });
  const services = ofKind(manifests, 'HTTPRoute').map((route) => {
    const { backend } = gatewayRoute(route);
    return clusterOf(manifests, backend, clusterName(route), {
      transport_socket: tlsTo(validatedName(manifests, backend)),
      ...httpOptions({ explicit_http_config: { http_protocol_options: {} } }),
    });
  });
  return { static_resources: { listeners: [listener], clusters: [signerCluster, ...services] } };
}

function filterConfig(settings: z.infer<typeof extProcShape>, cluster: string, policy: Manifest): Json {
  const { request } = settings.processingMode;
  const streamed = request.body === 'FullDuplexStreamed';
  const authority = `${settings.backendRefs[0]?.name}.${policy.metadata.namespace}`;
  return {
    '@type': typeUrl('filters.http.ext_proc.v3.ExternalProcessor'),
    grpc_service: { envoy_grpc: { cluster_name: cluster, authority }, timeout: '10s' },
    failure_mode_allow: settings.failOpen,
    message_timeout: settings.messageTimeout,
    request_attributes: request.attributes,
    processing_mode: {
      request_header_mode: 'SEND',
      request_body_mode: streamed ? 'FULL_DUPLEX_STREAMED' : 'BUFFERED',
      request_trailer_mode: streamed ? 'SEND' : 'SKIP',
      response_header_mode: 'SKIP',
      response_body_mode: 'NONE',
      response_trailer_mode: 'SKIP',
    },
  };
}

function routed(manifests: readonly Manifest[], route: Manifest, filterName: string): Json {
  const { hostnames, hostname, extensions } = gatewayRoute(route);
  const { name, namespace, annotations } = route.metadata;
  const own = Object.entries(annotations).filter(([key]) => key.startsWith(ANNOTATIONS));
  const resource = {
    ...{ kind: route.kind, name, namespace },
    annotations: Object.fromEntries(own.map(([key, value]) => [key.slice(ANNOTATIONS.length), value])),
  };
  return virtualHost(`aws/aws-gateway/http/${name}`, hostnames, {
    name: `httproute/${namespace}/${name}/rule/0/match/0/${hostnames[0]?.replaceAll('.', '_')}`,
    metadata: { filter_metadata: { 'envoy-gateway': { resources: [resource] } } },
    route: {
      cluster: clusterName(route),
      append_x_forwarded_host: true,
      ...hostRewrite(manifests, hostname, extensions),
    },
    typed_per_filter_config: {
      [filterName]: { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', config: {} },
    },
  });
}

function hostRewrite(
  manifests: readonly Manifest[],
  hostname: string | undefined,
  extensions: readonly string[],
): Json {
  if (hostname !== undefined) return { host_rewrite_literal: hostname };
  const shape = z.strictObject({
    urlRewrite: z.strictObject({ hostname: z.strictObject({ type: z.literal('Backend') }) }),
  });
  for (const name of extensions) shape.parse(oneOfKind(manifests, 'HTTPRouteFilter', name).spec);
  return extensions.length > 0 ? { auto_host_rewrite: true } : {};
}

function clientSettings(manifests: readonly Manifest[]): { manager: Json; listener: Json } {
  const { connection, path } = clientPolicyShape.parse(oneOfKind(manifests, 'ClientTrafficPolicy').spec);
  const [, number, unit = 'Ki'] = /^(\d+)([KMG]i)$/.exec(connection.bufferLimit) ?? [];
  const bytes = Number(number) * 1024 * (Object.entries(KIBIBYTES).find(([name]) => name === unit)?.[1] ?? 0);
  return {
    manager: {
      normalize_path: true,
      merge_slashes: !path.disableMergeSlashes,
      path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
    },
    listener: { per_connection_buffer_limit_bytes: bytes },
  };
}

function clusterName({ metadata }: Manifest): string {
  return `httproute/${metadata.namespace}/${metadata.name}/rule/0`;
}

function clusterOf(manifests: readonly Manifest[], backend: string, name: string, more: Json): Json {
  const [endpoint] = backendShape.parse(oneOfKind(manifests, 'Backend', backend).spec).endpoints;
  if (endpoint === undefined) throw new Error(`${backend} has no endpoint`);
  if ('unix' in endpoint) return socketCluster(name, endpoint.unix.path, more);
  return hostCluster({ name, host: endpoint.fqdn.hostname, port: endpoint.fqdn.port }, more);
}

function validatedName(manifests: readonly Manifest[], backend: string): string {
  const shape = z.strictObject({
    targetRefs: z.array(z.strictObject({ group: z.string(), kind: z.literal('Backend'), name: z.string() })),
    validation: z.strictObject({ hostname: z.string(), wellKnownCACertificates: z.literal('System') }),
  });
  const policies = ofKind(manifests, 'BackendTLSPolicy').map(({ spec }) => shape.parse(spec));
  const policy = policies.find(({ targetRefs }) => targetRefs.some(({ name }) => name === backend));
  if (policy === undefined) throw new Error(`${backend} leaves without TLS`);
  return policy.validation.hostname;
}

/** The one form of JSONPath that the manifest has: the config of a filter by its name. */
const BY_NAME = /^\.\.http_filters\[\?\(@\.name=='([^']+)'\)\]\.typed_config$/;

function patch(
  manifests: readonly Manifest[],
  listenerName: string,
  filter: { name: string; typed_config: Json },
): void {
  for (const { spec } of ofKind(manifests, 'EnvoyPatchPolicy')) {
    for (const { name, operation } of z.array(patchShape).parse(spec.jsonPatches)) {
      const [, filterName] = BY_NAME.exec(operation.jsonPath) ?? [];
      if (name !== listenerName || filterName !== filter.name) {
        throw new Error(`a patch finds nothing: ${name} ${operation.jsonPath}`);
      }
      filter.typed_config[operation.path.replace('/', '')] = operation.value;
    }
  }
}
