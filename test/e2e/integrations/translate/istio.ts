import { z } from 'zod';
import { type Manifest, ofKind } from '../support/manifests.ts';
import { type EnvoyConfig, FILTERS, hostCluster, httpListener, type Json, ROUTER, tlsTo } from './base.ts';
import { protoMerge } from './proto-merge.ts';

/*
 * What istiod makes of these manifests, as far as the signer meets it (Istio 1.31):
 * clusters       pilot/pkg/networking/core/cluster_builder.go, name `outbound|PORT|SUBSET|HOST`
 * routes         pilot/pkg/networking/core/httproute.go and route/route.go; virtual hosts are named `HOST:PORT`
 * filters        pilot/pkg/networking/core/listener_builder.go: the router comes last
 * EnvoyFilter    pilot/pkg/networking/core/envoyfilter/{cluster,rc,http_filter}_patch.go
 */

export type Context = 'SIDECAR_OUTBOUND' | 'GATEWAY';

const serviceEntryShape = z.object({
  hosts: z.array(z.string()).length(1),
  ports: z.array(z.object({ number: z.number(), protocol: z.string(), targetPort: z.number().optional() })),
});
const tlsShape = z.object({ mode: z.string(), sni: z.string(), subjectAltNames: z.array(z.string()).optional() });
const destinationRuleShape = z.object({
  host: z.string(),
  trafficPolicy: z
    .object({
      tls: tlsShape.optional(),
      portLevelSettings: z.array(z.object({ port: z.object({ number: z.number() }), tls: tlsShape })).default([]),
    })
    .optional(),
});
const virtualServiceShape = z.object({
  hosts: z.array(z.string()),
  http: z.array(
    z.object({
      name: z.string(),
      match: z.array(z.object({ gateways: z.array(z.string()), port: z.number() })),
      route: z.array(z.object({ destination: z.object({ host: z.string(), port: z.object({ number: z.number() }) }) })),
      retries: z.object({ attempts: z.number(), retryOn: z.string() }).optional(),
    }),
  ),
});
const patchShape = z.strictObject({
  applyTo: z.enum(['CLUSTER', 'HTTP_ROUTE', 'HTTP_FILTER']),
  match: z.strictObject({
    context: z.enum(['SIDECAR_OUTBOUND', 'GATEWAY']),
    cluster: z.strictObject({ service: z.string(), portNumber: z.number() }).optional(),
    routeConfiguration: z
      .strictObject({
        vhost: z.strictObject({
          name: z.string().optional(),
          route: z.strictObject({ name: z.string() }).optional(),
        }),
      })
      .optional(),
    listener: z
      .strictObject({
        filterChain: z.strictObject({
          filter: z.strictObject({ name: z.string(), subFilter: z.strictObject({ name: z.string() }) }),
        }),
      })
      .optional(),
  }),
  patch: z.strictObject({
    operation: z.enum(['ADD', 'MERGE', 'INSERT_BEFORE']),
    value: z.record(z.string(), z.unknown()),
  }),
});
type Patch = z.infer<typeof patchShape>;

interface Parts {
  clusters: (Json & { name: string })[];
  filters: (Json & { name: string })[];
  virtualHosts: { name: string; domains: string[]; routes: (Json & { name: string })[] }[];
}

/** The proxy's configuration, EnvoyFilters applied. */
export function translateIstio(manifests: readonly Manifest[], context: Context): EnvoyConfig {
  const parts: Parts = {
    clusters: clustersOf(manifests, context),
    filters: [corsFilter, { ...ROUTER, name: 'envoy.filters.http.router' }],
    virtualHosts: context === 'GATEWAY' ? gatewayHosts(manifests) : sidecarHosts(manifests),
  };
  for (const { spec } of ofKind(manifests, 'EnvoyFilter')) {
    for (const patch of z.object({ configPatches: z.array(patchShape) }).parse(spec).configPatches) {
      if (patch.match.context === context && !apply(parts, patch)) {
        throw new Error(`a patch of ${patch.applyTo} matches nothing: ${JSON.stringify(patch.match)}`);
      }
    }
  }
  const listener = httpListener({
    filters: parts.filters,
    virtualHosts: parts.virtualHosts.map((host) => ({ ...host })),
  });
  return { static_resources: { listeners: [listener], clusters: parts.clusters } };
}

const corsFilter = { name: 'envoy.filters.http.cors', typed_config: { '@type': `${FILTERS}.cors.v3.Cors` } };

function clustersOf(manifests: readonly Manifest[], context: Context): Parts['clusters'] {
  const rules = ofKind(manifests, 'DestinationRule').map(({ spec }) => destinationRuleShape.parse(spec));
  return ofKind(manifests, 'ServiceEntry').flatMap(({ spec }) => {
    const { hosts, ports } = serviceEntryShape.parse(spec);
    const [host = ''] = hosts;
    const served = ports.filter(
      ({ number, protocol }) => protocol === 'HTTP' && (context !== 'GATEWAY' || number === 443),
    );
    return served.map(({ number, targetPort = number }) => {
      const policy = rules.find((rule) => rule.host === host)?.trafficPolicy;
      const tls = policy?.portLevelSettings.find(({ port }) => port.number === number)?.tls ?? policy?.tls;
      if (tls?.mode !== 'SIMPLE') throw new Error(`${host}:${number} leaves without TLS`);
      const name = `outbound|${number}||${host}`;
      const socket = { transport_socket: tlsTo(tls.sni, tls.subjectAltNames) };
      return { ...hostCluster({ name, host, port: targetPort }, socket), name };
    });
  });
}

function sidecarHosts(manifests: readonly Manifest[]): Parts['virtualHosts'] {
  return ofKind(manifests, 'ServiceEntry').flatMap(({ spec }) => {
    const { hosts, ports } = serviceEntryShape.parse(spec);
    const [host = ''] = hosts;
    return ports
      .filter(({ protocol }) => protocol === 'HTTP')
      .map(({ number }) => ({
        name: `${host}:${number}`,
        domains: [host, `${host}:${number}`],
        // Istio's default of 2 retries.
        routes: [
          route('default', host, number, {
            attempts: 2,
            retryOn: 'connect-failure,refused-stream,unavailable,cancelled',
          }),
        ],
      }));
  });
}

function gatewayHosts(manifests: readonly Manifest[]): Parts['virtualHosts'] {
  return ofKind(manifests, 'VirtualService').map(({ spec }) => {
    const { hosts, http } = virtualServiceShape.parse(spec);
    const [host = ''] = hosts;
    const here = http.filter(({ match }) => match.some(({ gateways }) => !gateways.includes('mesh')));
    const routes = here.flatMap(({ name, route: to, retries }) =>
      to.map(({ destination }) => route(name, destination.host, destination.port.number, retries)),
    );
    return { name: `${host}:443`, domains: [host, `${host}:*`], routes };
  });
}

function route(name: string, host: string, port: number, retries?: { attempts: number; retryOn: string }) {
  return {
    name,
    match: { prefix: '/' },
    // What istiod puts on each route; the patch has to leave it there.
    metadata: { filter_metadata: { istio: { config: `/apis/networking.istio.io/v1/${name}` } } },
    route: {
      cluster: `outbound|${port}||${host}`,
      timeout: '0s',
      ...(retries && { retry_policy: { retry_on: retries.retryOn, num_retries: retries.attempts } }),
    },
  };
}

function apply(parts: Parts, { applyTo, match, patch }: Patch): boolean {
  const { operation, value } = patch;
  if (applyTo === 'CLUSTER' && operation === 'ADD') {
    parts.clusters.push({ ...value, name: z.string().parse(value.name) });
    return true;
  }
  if (applyTo === 'CLUSTER' && operation === 'MERGE' && match.cluster) {
    const name = `outbound|${match.cluster.portNumber}||${match.cluster.service}`;
    return mergeInto(
      parts.clusters.filter((cluster) => cluster.name === name),
      value,
    );
  }
  if (applyTo === 'HTTP_ROUTE' && operation === 'MERGE' && match.routeConfiguration) {
    const { name, route: wanted } = match.routeConfiguration.vhost;
    const hosts = parts.virtualHosts.filter((host) => name === undefined || host.name === name);
    const routes = hosts.flatMap((host) => host.routes);
    return mergeInto(
      routes.filter((one) => wanted === undefined || one.name === wanted.name),
      value,
    );
  }
  if (applyTo === 'HTTP_FILTER' && operation === 'INSERT_BEFORE' && match.listener) {
    const before = match.listener.filterChain.filter.subFilter.name;
    const index = parts.filters.findIndex((filter) => filter.name === before);
    if (index >= 0) parts.filters.splice(index, 0, { ...value, name: z.string().parse(value.name) });
    return index >= 0;
  }
  throw new Error(`${operation} of ${applyTo} is not translated here`);
}

function mergeInto(targets: readonly Json[], value: Json): boolean {
  for (const target of targets) protoMerge(target, value);
  return targets.length > 0;
}
