import { checkBody, SIGNER_NAME, setting } from '../envoy/index.ts';
import type { HeaderEdit, Pair, Rewrite, Route, Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { authzSigner, contextLayer } from './authz-signer.ts';
import { editsOf } from './gateway-api.ts';
import { managedCluster, parallelRequests } from './managed-cluster.ts';
import { type Manifest, type Resources, refersTo } from './manifest.ts';

const CONTOUR = 'projectcontour.io';

/** Reads Contour's resources: HTTPProxy with its authorization, ExtensionService. */
export function readContour(resources: Resources): Traffic {
  const services = resources.of('ExtensionService', CONTOUR);
  const clusters = services.map(({ at, name, spec }) =>
    managedCluster({
      at,
      name,
      http2: spec?.get('protocol')?.text !== 'http/1.1',
      maxRequests: parallelRequests(spec?.get('circuitBreakerPolicy'), 'maxRequests', at),
    }),
  );
  const pairs = resources.of('HTTPProxy', CONTOUR).flatMap((proxy) => pairsOf(proxy, services));
  const signers = [...new Set(pairs.map(({ signer }) => signer))];
  return { chains: [], clusters, isComplete: false, signers, pairs, looseRoutes: [] };
}

function pairsOf(proxy: Manifest, services: readonly Manifest[]): Pair[] {
  const host = proxy.spec?.get('virtualhost');
  const at = host?.get('authorization');
  if (at === undefined) return [];
  const reference = at.get('extensionRef');
  const service = services.find((one) => refersTo(reference, one, proxy));
  const shared = at.get('authPolicy');
  const routes = (proxy.spec?.list('routes') ?? [])
    .filter((route) => (route.at('authPolicy', 'disabled') ?? shared?.get('disabled'))?.flag !== true)
    .map((route) => readRoute(route, proxy, shared));
  const name = reference?.get('name');
  if (!SIGNER_NAME.test(name?.text ?? '') && !routes.some(({ layers }) => layers.length > 0)) return [];
  const ofService = service?.spec?.get('timeoutPolicy');
  const timed = at.get('responseTimeout') ? at : ofService?.get('response') ? ofService : at;
  const body = at.get('withRequestBody');
  const signer = authzSigner({
    at,
    name: name?.text ?? proxy.name,
    failOpen: setting(at, 'failOpen', (node) => node.flag, false),
    // What Contour waits where nothing is said is not known here.
    timeout: setting(
      timed,
      timed === ofService ? 'response' : 'responseTimeout',
      (node) => node.milliseconds,
      Number.POSITIVE_INFINITY,
    ),
    ...(name?.text && { cluster: { value: name.text, at: name, isSet: true } }),
    ...(body && { checkBody: checkBody(body) }),
  });
  return routes.map((route) => ({ route, signer }));
}

function readRoute(at: ConfigNode, proxy: Manifest, shared: ConfigNode | undefined): Route {
  const own = contextLayer(at.at('authPolicy', 'context'));
  const services = at.list('services');
  const edits = [at, ...services].flatMap((holder) => editsOf(holder.get('requestHeadersPolicy')));
  const path = at.get('pathRewritePolicy');
  const rewrites: Rewrite[] = path ? [{ of: 'path', at: path, by: 'pathRewritePolicy' }] : [];
  // Contour makes a rewrite of a Host header that is set.
  for (const { header, at: edit } of edits.filter(isHost)) {
    const to = edit.get('value')?.text;
    rewrites.push({
      of: 'host',
      at: edit,
      by: `requestHeadersPolicy ${header}`,
      ...(to && !to.includes('%') && { to }),
    });
  }
  return {
    at,
    label: `${at.path} of HTTPProxy "${proxy.name}"`,
    domains: [proxy.spec?.at('virtualhost', 'fqdn')?.text ?? '*'],
    layers: own.length > 0 ? own : contextLayer(shared?.get('context')),
    rewrites,
    edits: edits.filter((edit) => !isHost(edit)),
    clusters: services.flatMap((service) => service.get('name')?.text ?? []),
    leadsSomewhere: services.length > 0,
    filterConfig: () => undefined,
  };
}

function isHost({ header, action }: HeaderEdit): boolean {
  return header === 'host' && action === 'set';
}
