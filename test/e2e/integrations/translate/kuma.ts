import { parse } from 'yaml';
import { z } from 'zod';
import { type Manifest, oneOfKind } from '../support/manifests.ts';
import { type EnvoyConfig, hostCluster, httpListener, httpOptions, type Json, ROUTER, tlsTo } from './base.ts';
import { protoMerge } from './proto-merge.ts';

/*
 * What Kuma makes of these manifests, 2.11 and newer:
 * outbound listener and cluster of a MeshExternalService: the golden files default-meshexternalservice.*.golden.yaml of
 *   pkg/plugins/policies/meshhttproute/plugin/v1alpha1/testdata (route with autoHostRewrite, cluster with TLS)
 * MeshProxyPatch: pkg/plugins/policies/meshproxypatch/plugin/v1alpha1/cluster_mod.go (Add; Patch is a proto merge)
 */

const serviceShape = z.strictObject({
  match: z.strictObject({ type: z.literal('HostnameGenerator'), port: z.number(), protocol: z.literal('http') }),
  endpoints: z.array(z.strictObject({ address: z.string(), port: z.number() })).length(1),
  tls: z.strictObject({
    enabled: z.literal(true),
    verification: z.strictObject({ serverName: z.string(), mode: z.literal('Secured') }),
  }),
});
const patchShape = z.strictObject({
  targetRef: z.strictObject({ kind: z.literal('Dataplane'), labels: z.record(z.string(), z.string()) }),
  default: z.strictObject({
    appendModifications: z.array(
      z.strictObject({
        cluster: z.discriminatedUnion('operation', [
          z.strictObject({ operation: z.literal('Add'), value: z.string() }),
          z.strictObject({
            operation: z.literal('Patch'),
            match: z.strictObject({ name: z.string() }),
            value: z.string(),
          }),
        ]),
      }),
    ),
  }),
});
const resource = z.record(z.string(), z.unknown());

/** A sidecar's outbound listener to the MeshExternalService, the MeshProxyPatch applied. */
export function translateKuma(manifests: readonly Manifest[]): EnvoyConfig {
  const { metadata, spec } = oneOfKind(manifests, 'MeshExternalService');
  const { match, endpoints, tls } = serviceShape.parse(spec);
  const name = `default_${metadata.name}_${metadata.namespace}_default_extsvc_${match.port}`;
  const [endpoint] = endpoints;
  if (endpoint === undefined) throw new Error('no endpoint');
  const clusters: Json[] = [
    hostCluster(
      { name, host: endpoint.address, port: endpoint.port },
      {
        ...httpOptions({ explicit_http_config: { http_protocol_options: {} } }),
        transport_socket_matches: [
          { name: endpoint.address, match: {}, transport_socket: tlsTo(tls.verification.serverName) },
        ],
      },
    ),
  ];
  const route = { match: { prefix: '/' }, route: { cluster: name, auto_host_rewrite: true, timeout: '0s' } };
  const listener = httpListener({
    filters: [ROUTER],
    virtualHosts: [{ name, domains: ['*'], routes: [route] }],
    manager: { normalize_path: true },
  });
  for (const { cluster } of patchShape.parse(oneOfKind(manifests, 'MeshProxyPatch').spec).default.appendModifications) {
    const value = resource.parse(parse(cluster.value));
    if (cluster.operation === 'Add') clusters.push(value);
    else {
      const found = clusters.find((one) => one.name === cluster.match.name);
      if (found === undefined) throw new Error(`no cluster ${cluster.match.name}`);
      protoMerge(found, value);
    }
  }
  return { static_resources: { listeners: [listener], clusters } };
}
