import type { KongModel, KongPlugin, KongRoute } from './model.ts';

/** The protocols that the plugin runs on. */
const SERVED: ReadonlySet<string> = new Set(['http', 'https']);
const DEFAULT_PROTOCOLS = ['http', 'https'];

/**
 * The one entry of a plugin that runs on a route: Kong takes the most specific that is enabled, route and service
 * together before route, before service, before global; a disabled entry leaves the place to a wider one.
 */
export function effectivePlugin({ plugins }: KongModel, name: string, route: KongRoute): KongPlugin | undefined {
  const candidates = plugins
    .filter((plugin) => plugin.name === name && plugin.enabled && !plugin.unusable)
    .filter((plugin) => plugin.route === undefined || plugin.route === route)
    .filter((plugin) => plugin.service === undefined || plugin.service === route.service);
  return candidates.reduce<KongPlugin | undefined>(
    (best, plugin) => (best === undefined || specificity(plugin) > specificity(best) ? plugin : best),
    undefined,
  );
}

/** The protocols of a route that the plugin could run on, `http` and `https`. */
export function servedProtocols({ raw }: KongRoute): readonly string[] {
  return (raw.protocols ?? DEFAULT_PROTOCOLS).filter((protocol) => SERVED.has(protocol));
}

function specificity({ route, service }: KongPlugin): number {
  return (route ? 2 : 0) + (service ? 1 : 0);
}
