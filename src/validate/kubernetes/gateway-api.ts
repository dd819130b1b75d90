import { METADATA_NAMESPACE } from '../../config/index.ts';
import type { HeaderEdit, Rewrite, Route } from '../model/traffic.ts';
import { type ConfigNode, embeddedJson } from '../source/index.ts';
import { type Manifest, type Resources, refersTo, targets } from './manifest.ts';

const ANNOTATION = `gateway.envoyproxy.io/${METADATA_NAMESPACE}`;

/** One rule of an HTTPRoute, with what is needed to find its gateway and its backends. */
export interface GatewayRoute {
  readonly manifest: Manifest;
  readonly route: Route;
  readonly backendRefs: readonly ConfigNode[];
}

export function gatewayRoutes(resources: Resources): GatewayRoute[] {
  return [...resources.of('HTTPRoute'), ...resources.of('GRPCRoute')].flatMap((manifest) =>
    (manifest.spec?.list('rules') ?? []).map((rule) => readRule(rule, manifest, resources)),
  );
}

/**
 * Whether a route belongs to a gateway.
 * @param gateway a reference to it
 * @param namespace where the reference stands
 */
export function isChildOf({ manifest }: GatewayRoute, gateway: ConfigNode, namespace: string): boolean {
  const name = gateway.get('name')?.text;
  const home = gateway.get('namespace')?.text ?? namespace;
  return parentsOf(manifest).some((parent) => parent.name === name && parent.namespace === home);
}

/** The gateways that a route names. */
export function parentsOf({ spec, namespace }: Manifest): { name: string | undefined; namespace: string }[] {
  return (spec?.list('parentRefs') ?? []).map((parent) => ({
    name: parent.get('name')?.text,
    namespace: parent.get('namespace')?.text ?? namespace,
  }));
}

/** Whether a policy is attached to a route, or to its gateway. */
export function isAttachedTo(policy: Manifest, one: GatewayRoute): boolean {
  return targets(policy).some((target) =>
    target.get('kind')?.text === 'Gateway'
      ? isChildOf(one, target, policy.namespace)
      : refersTo(target, one.manifest, policy),
  );
}

function readRule(rule: ConfigNode, manifest: Manifest, resources: Resources): GatewayRoute {
  const filters = rule.list('filters');
  const backendRefs = rule.list('backendRefs');
  const hostnames = manifest.spec?.list('hostnames').flatMap(({ text }) => text ?? []) ?? [];
  const annotation = manifest.at.at('metadata', 'annotations')?.get(ANNOTATION);
  return {
    manifest,
    backendRefs,
    route: {
      at: rule,
      label: `${manifest.kind} "${manifest.name}"`,
      domains: hostnames.length > 0 ? hostnames : ['*'],
      layers: annotation ? [{ origin: 'route', ...embeddedJson(annotation) }] : [],
      rewrites: filters.flatMap((filter) => rewritesOf(filter, manifest, resources)),
      edits: filters.flatMap((filter) => editsOf(filter.get('requestHeaderModifier'))),
      clusters: backendRefs.flatMap((ref) => ref.get('name')?.text ?? []),
      leadsSomewhere: backendRefs.length > 0,
      filterConfig: () => undefined,
    },
  };
}

function rewritesOf(filter: ConfigNode, manifest: Manifest, resources: Resources): Rewrite[] {
  const reference = filter.get('extensionRef');
  const extension = resources.of('HTTPRouteFilter').find((one) => refersTo(reference, one, manifest));
  const rewrite = extension?.spec?.get('urlRewrite') ?? filter.get('urlRewrite');
  const host = rewrite?.get('hostname');
  const path = rewrite?.get('path');
  const byBackend = host?.get('type')?.text === 'Backend';
  const rewrites: Rewrite[] = [];
  if (host) {
    const to = host.isMap ? undefined : host.text;
    rewrites.push({
      of: 'host',
      at: host,
      by: 'urlRewrite.hostname',
      ...(to && { to }),
      ...(byBackend && { atEndpoint: true }),
    });
  }
  if (path) rewrites.push({ of: 'path', at: path, by: 'urlRewrite.path' });
  return rewrites;
}

/** `{add, set: [{name, value}], remove: [name]}` */
export function editsOf(modifier: ConfigNode | undefined): HeaderEdit[] {
  const written = [...(modifier?.list('add') ?? []), ...(modifier?.list('set') ?? [])];
  return [
    ...written.flatMap((at): HeaderEdit[] => {
      const header = at.get('name')?.text?.toLowerCase();
      return header ? [{ action: 'set', header, at }] : [];
    }),
    ...(modifier?.list('remove') ?? []).flatMap((at): HeaderEdit[] =>
      at.text ? [{ action: 'remove', header: at.text.toLowerCase(), at }] : [],
    ),
  ];
}
