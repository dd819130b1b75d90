import { z } from 'zod';
import { type Manifest, oneOfKind } from '../support/manifests.ts';
import { type EnvoyConfig, hostCluster, http2, httpListener, httpOptions, ROUTER, tlsTo } from './base.ts';
import { extAuthzFilter, extAuthzPerRoute } from './ext-authz.ts';

/*
 * What Contour 1.33 makes of these manifests:
 * filter    FilterExternalAuthz and grpcService of internal/envoy/v3/listener.go (always with clear_route_cache)
 * route     routeAuthzContext and the HostRewriteLiteral of internal/envoy/v3/route.go
 * clusters  internal/envoy/v3/cluster.go; the SNI is the rewritten host: determineSNI of internal/dag/httpproxy_processor.go
 */

const extensionShape = z.strictObject({
  protocol: z.literal('h2'),
  services: z.array(z.strictObject({ name: z.string(), port: z.number() })).length(1),
  validation: z.strictObject({ caSecret: z.string(), subjectName: z.string() }),
});
const proxyShape = z.strictObject({
  virtualhost: z.strictObject({
    fqdn: z.string(),
    tls: z.strictObject({ secretName: z.string() }),
    authorization: z.strictObject({
      extensionRef: z.strictObject({ apiVersion: z.string(), namespace: z.string(), name: z.string() }),
      failOpen: z.boolean(),
      responseTimeout: z.string(),
      withRequestBody: z.strictObject({
        maxRequestBytes: z.number(),
        allowPartialMessage: z.boolean(),
        packAsBytes: z.boolean(),
      }),
    }),
  }),
  routes: z
    .array(
      z.strictObject({
        conditions: z.array(z.strictObject({ prefix: z.string() })).length(1),
        authPolicy: z.strictObject({ context: z.record(z.string(), z.string()) }),
        requestHeadersPolicy: z.strictObject({
          set: z.array(z.strictObject({ name: z.literal('Host'), value: z.string() })).length(1),
        }),
        services: z
          .array(
            z.strictObject({
              name: z.string(),
              port: z.number(),
              protocol: z.literal('tls'),
              validation: z.strictObject({ caSecret: z.string(), subjectName: z.string() }),
            }),
          )
          .length(1),
      }),
    )
    .length(1),
});
const serviceShape = z.object({ externalName: z.string() });

/** The configuration of Contour's Envoy, its listener without the TLS that clients speak. */
export function translateContour(manifests: readonly Manifest[]): EnvoyConfig {
  const { virtualhost, routes } = proxyShape.parse(oneOfKind(manifests, 'HTTPProxy').spec);
  const extension = extensionShape.parse(oneOfKind(manifests, 'ExtensionService').spec);
  const { extensionRef, withRequestBody, ...authorization } = virtualhost.authorization;
  const signer = `extension/${extensionRef.namespace}/${extensionRef.name}`;
  const filter = extAuthzFilter({
    grpcService: {
      envoy_grpc: { cluster_name: signer, authority: extension.validation.subjectName },
      timeout: authorization.responseTimeout,
    },
    failureModeAllow: authorization.failOpen,
    statusOnError: 403,
    body: {
      max_request_bytes: withRequestBody.maxRequestBytes,
      allow_partial_message: withRequestBody.allowPartialMessage,
      pack_as_bytes: withRequestBody.packAsBytes,
    },
  });
  const [route] = routes;
  const [service] = route?.services ?? [];
  const [signerService] = extension.services;
  if (route === undefined || service === undefined || signerService === undefined) throw new Error('no route');
  const host = route.requestHeadersPolicy.set[0]?.value ?? '';
  const { externalName } = serviceShape.parse(oneOfKind(manifests, 'Service', service.name).spec);
  const listener = httpListener({
    filters: [filter, ROUTER],
    virtualHosts: [
      {
        name: virtualhost.fqdn,
        domains: [virtualhost.fqdn],
        routes: [
          {
            match: { prefix: route.conditions[0]?.prefix },
            route: { cluster: service.name, host_rewrite_literal: host },
            ...extAuthzPerRoute(route.authPolicy.context),
          },
        ],
      },
    ],
  });
  const { subjectName } = extension.validation;
  return {
    static_resources: {
      listeners: [listener],
      clusters: [
        hostCluster(
          { name: signer, host: subjectName, port: signerService.port },
          { ...http2(), transport_socket: tlsTo(subjectName) },
        ),
        hostCluster(
          { name: service.name, host: externalName, port: service.port },
          {
            transport_socket: tlsTo(host, [service.validation.subjectName]),
            ...httpOptions({ explicit_http_config: { http_protocol_options: {} } }),
          },
        ),
      ],
    },
  };
}
