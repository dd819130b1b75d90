import { METADATA_NAMESPACE } from '../../config/index.ts';
import { isNamedSigner, readExtProc, readHeaderEdits } from '../envoy/index.ts';
import { mutationRules } from '../model/mutation-rules.ts';
import type { Signer } from '../model/signer.ts';
import type { Cluster, Endpoint, Pair, Rewrite, Route, Tls, Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { gatewayRoutes } from './gateway-api.ts';
import { managedCluster, parallelRequests } from './managed-cluster.ts';
import { type Manifest, type Resources, refersTo, targets } from './manifest.ts';

const GLOO = 'gloo.solo.io';
const GATEWAY = 'gateway.solo.io';
const STAGES = { extProcEarly: 'downstream', extProc: 'downstream', extProcLate: 'upstream' } as const;

/** Reads Gloo's resources: Settings, RouteOption and VirtualService, Upstream. */
export function readGloo(resources: Resources): Traffic {
  const clusters = resources.of('Upstream', GLOO).map(readUpstream);
  const routes = [...optionRoutes(resources), ...virtualServiceRoutes(resources)];
  const signers = resources.of('Settings', GLOO).flatMap(({ spec }) =>
    Object.entries(STAGES).flatMap(([field, placement]) => {
      const at = spec?.get(field);
      return at ? [readSigner(at, field, placement)] : [];
    }),
  );
  const named = signers.filter(isNamedSigner);
  const pairs: Pair[] = named.flatMap((signer) =>
    routes.map((route): Pair => {
      const cluster = clusters.find(({ name }) => route.clusters.includes(name));
      return { route, signer, ...(cluster && { cluster }) };
    }),
  );
  return {
    chains: [],
    clusters,
    isComplete: false,
    signers: named,
    pairs,
    looseRoutes: named.length > 0 ? [] : routes,
  };
}

/** Gloo's own message is Envoy's, but for the cluster; its mutation_rules do not reach Envoy. */
function readSigner(at: ConfigNode, field: string, placement: Signer['placement']): Signer {
  const grpc = at.get('grpc_service');
  const cluster = grpc?.at('ext_proc_server_ref', 'name');
  const authority = grpc?.get('authority')?.text;
  return {
    ...readExtProc(at, at, field, placement),
    mutations: mutationRules(undefined, at, false),
    ...(cluster?.text && { cluster: { value: cluster.text, at: cluster, isSet: true } }),
    ...(authority && { authority }),
  };
}

function optionRoutes(resources: Resources): Route[] {
  return gatewayRoutes(resources).flatMap(({ manifest, route, backendRefs }) => {
    const options = resources
      .of('RouteOption', GATEWAY)
      .filter((one) => targets(one).some((target) => refersTo(target, manifest, one)))
      .flatMap(({ spec }) => spec?.get('options') ?? []);
    const isGloo = backendRefs.some((ref) => ref.get('group')?.text === GLOO);
    if (options.length === 0 && !isGloo) return [];
    return [options.reduce(withOptions, route)];
  });
}

function virtualServiceRoutes(resources: Resources): Route[] {
  return resources.of('VirtualService', GATEWAY).flatMap(({ name, spec }) => {
    const host = spec?.get('virtualHost');
    return (host?.list('routes') ?? []).map((at, index) => {
      const upstream = at.at('routeAction', 'single', 'upstream', 'name')?.text;
      const route: Route = {
        at,
        label: `route ${at.get('name')?.text ?? index} of VirtualService "${name}"`,
        domains: host?.list('domains').flatMap(({ text }) => text ?? []) ?? ['*'],
        layers: [],
        rewrites: [],
        edits: [],
        clusters: upstream ? [upstream] : [],
        leadsSomewhere: true,
        filterConfig: () => undefined,
      };
      return [host?.get('options'), at.get('options')].reduce<Route>(withOptions, route);
    });
  });
}

function withOptions(route: Route, options: ConfigNode | undefined): Route {
  if (options === undefined) return route;
  const config = options.at('envoyMetadata')?.get(METADATA_NAMESPACE);
  const retries = options.get('retries');
  return {
    ...route,
    layers: config ? [{ origin: 'route', at: config, data: config.data }] : route.layers,
    rewrites: [...route.rewrites, ...rewritesOf(options)],
    edits: [...route.edits, ...readHeaderEdits(options.get('headerManipulation'))],
    ...(retries && { repeats: retries }),
  };
}

function rewritesOf(options: ConfigNode): Rewrite[] {
  const rewrites = ['prefixRewrite', 'regexRewrite'].flatMap((by): Rewrite[] => {
    const at = options.get(by);
    return at ? [{ of: 'path', at, by }] : [];
  });
  const host = options.get('hostRewrite');
  if (host?.text) rewrites.push({ of: 'host', at: host, by: 'hostRewrite', to: host.text });
  const auto = options.get('autoHostRewrite');
  if (auto?.flag) rewrites.push({ of: 'host', at: auto, by: 'autoHostRewrite', atEndpoint: true });
  return rewrites;
}

function readUpstream({ at, name, spec }: Manifest): Cluster {
  const hosts = spec?.get('static')?.list('hosts');
  const tls = tlsOf(spec?.get('sslConfig'));
  return managedCluster({
    at,
    name,
    endpoints: (hosts ?? []).flatMap((one): Endpoint[] => {
      const host = one.get('addr')?.text;
      const port = one.get('port')?.number;
      return host ? [{ host, isPipe: false, ...(port !== undefined && { port }) }] : [];
    }),
    ...(tls && { tls }),
    transportIsKnown: hosts !== undefined,
    // A Service's port may say so by its name.
    http2: hosts === undefined || spec?.get('useHttp2')?.flag === true,
    maxRequests: parallelRequests(spec?.get('circuitBreakers'), 'maxRequests', at),
  });
}

function tlsOf(at: ConfigNode | undefined): Tls | undefined {
  if (at === undefined) return undefined;
  return {
    at,
    names: Boolean(at.get('sni')?.text),
    trusts: Boolean(at.at('sslFiles', 'rootCa') ?? at.get('secretRef') ?? at.get('sds')),
    checksName: at.list('verifySubjectAltName').length > 0,
  };
}
