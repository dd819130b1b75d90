import { z } from 'zod';
import { type Manifest, ofKind, oneOfKind } from '../support/manifests.ts';
import { type EnvoyConfig, hostCluster, http2, httpListener, type Json, ROUTER, SYSTEM_CA, typeUrl } from './base.ts';
import { extAuthzFilter, extAuthzPerRoute } from './ext-authz.ts';

/*
 * What Emissary 3 makes of these manifests:
 * filter    V3HTTPFilter_authv1 of python/ambassador/envoy/v3/v3httpfilter.py (no pack_as_bytes; clear_route_cache)
 * routes    python/ambassador/envoy/v3/v3route.py (rewrite, host_rewrite, auth_context_extensions, bypass_auth)
 * TLS       python/ambassador/envoy/v3/v3tls.py (a trusted authority and an SNI, no name to match)
 */

const authShape = z.strictObject({
  auth_service: z.string(),
  proto: z.literal('grpc'),
  protocol_version: z.literal('v3'),
  timeout_ms: z.number(),
  failure_mode_allow: z.boolean(),
  status_on_error: z.strictObject({ code: z.number() }),
  include_body: z.strictObject({ max_bytes: z.number(), allow_partial: z.boolean() }),
});
const mappingShape = z.strictObject({
  hostname: z.string(),
  prefix: z.string(),
  rewrite: z.string().default('/'),
  host_rewrite: z.string().optional(),
  service: z.string(),
  tls: z.string().optional(),
  timeout_ms: z.number().default(3000),
  bypass_auth: z.boolean().default(false),
  auth_context_extensions: z.record(z.string(), z.string()).optional(),
});
type Mapping = z.infer<typeof mappingShape> & { name: string };
const tlsShape = z.strictObject({ sni: z.string(), ca_secret: z.string(), min_tls_version: z.literal('v1.2') });

const SIGNER = 'extauth';

/** The configuration of Emissary's Envoy. The Mapping without TLS, which is not for AWS, is left out with its cluster. */
export function translateEmissary(manifests: readonly Manifest[]): EnvoyConfig {
  const auth = authShape.parse(oneOfKind(manifests, 'AuthService').spec);
  const mappings = ofKind(manifests, 'Mapping').map(({ metadata, spec }) => ({
    name: metadata.name,
    ...mappingShape.parse(spec),
  }));
  const toAws = mappings.filter(({ tls }) => tls !== undefined);
  const filter = extAuthzFilter({
    grpcService: { envoy_grpc: { cluster_name: SIGNER }, timeout: `${auth.timeout_ms / 1000}s` },
    failureModeAllow: auth.failure_mode_allow,
    statusOnError: auth.status_on_error.code,
    body: { max_request_bytes: auth.include_body.max_bytes, allow_partial_message: auth.include_body.allow_partial },
  });
  const listener = httpListener({
    filters: [filter, ROUTER],
    virtualHosts: toAws.map((mapping) => ({
      name: mapping.name,
      domains: [mapping.hostname],
      routes: [routeOf(mapping)],
    })),
    manager: { normalize_path: true },
  });
  const { hostname, port } = new URL(`http://${auth.auth_service}`);
  const signer = hostCluster({ name: SIGNER, host: hostname, port: Number(port) }, http2());
  return {
    static_resources: { listeners: [listener], clusters: [signer, ...toAws.map((one) => clusterOf(manifests, one))] },
  };
}

function routeOf({ name, prefix, rewrite, host_rewrite, timeout_ms, bypass_auth, ...mapping }: Mapping): Json {
  return {
    match: { prefix },
    route: {
      cluster: name,
      prefix_rewrite: rewrite,
      timeout: `${timeout_ms / 1000}s`,
      ...(host_rewrite !== undefined && { host_rewrite_literal: host_rewrite }),
    },
    ...extAuthzPerRoute(bypass_auth ? false : (mapping.auth_context_extensions ?? {})),
  };
}

function clusterOf(manifests: readonly Manifest[], { name, service, tls = '' }: Mapping): Json {
  const { sni } = tlsShape.parse(oneOfKind(manifests, 'TLSContext', tls).spec);
  const { hostname } = new URL(service);
  const typedConfig = {
    '@type': typeUrl('transport_sockets.tls.v3.UpstreamTlsContext'),
    sni,
    common_tls_context: {
      tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
      validation_context: { trusted_ca: { filename: SYSTEM_CA } },
    },
  };
  return hostCluster(
    { name, host: hostname, port: 443 },
    { transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: typedConfig } },
  );
}
