import { effectivePlugin, servedProtocols } from './effective-plugin.ts';
import { type Finding, Findings } from './findings.ts';
import { parseKongFile } from './kong-file.ts';
import { type KongModel, type KongPlugin, type KongRoute, type KongService, PLUGIN_NAME } from './model.ts';
import { noteOtherPlugins } from './other-plugins.ts';
import { readModel } from './read-model.ts';
import { matchesOf, type RouteMatch } from './route-match.ts';
import { type SigningFields, signingFieldsOf } from './signing-fields.ts';
import { type Target, targetOf } from './target.ts';

/** A Kong route that the plugin runs on. */
export interface SignedRoute {
  route: KongRoute;
  service: KongService;
  plugin: KongPlugin;
  target: Target;
  fields: SigningFields;
  /** Empty where Envoy cannot match what the route matches. */
  matches: readonly RouteMatch[];
}

export interface Conversion {
  routes: readonly SignedRoute[];
  /** What the output has not, or has otherwise; errors first. */
  findings: readonly Finding[];
}

/**
 * Finds the routes of a Kong declarative config on which the plugin aws-request-signing runs, and the route metadata that
 * signs for them. What the signer would refuse is left out and said.
 * @param text YAML or JSON
 * @throws KongFileError
 */
export function convertKong(text: string): Conversion {
  const findings = new Findings();
  const model = readModel(parseKongFile(text), findings);
  noteUnusedEntries(model, findings);
  const withPlugin = model.routes.flatMap((route) => {
    const plugin = effectivePlugin(model, PLUGIN_NAME, route);
    return plugin && servedProtocols(route).length > 0 ? [{ route, plugin }] : [];
  });
  const routes = withPlugin.flatMap(({ route, plugin }) => convert(route, plugin, model, findings) ?? []);
  const signed = routes.map(({ route }) => route);
  if (signed.length > 0) {
    noteOtherPlugins(model, signed, findings);
    noteUnsignedRoutes(model, new Set(withPlugin.map(({ route }) => route)), findings);
  }
  if (withPlugin.length === 0) findings.error('', `no route has the plugin ${PLUGIN_NAME}: nothing to convert`);
  return { routes, findings: findings.all };
}

function convert(route: KongRoute, plugin: KongPlugin, model: KongModel, findings: Findings): SignedRoute | undefined {
  const { service } = route;
  if (!service) {
    const reason = route.raw.service
      ? 'its service is not in the file'
      : 'has no service, where the plugin answers 500';
    findings.error(route.at, `${reason}: left out`);
    return undefined;
  }
  if (!service.enabled) {
    findings.note(service.at, 'is disabled: its routes are left out');
    return undefined;
  }
  const target = targetOf(plugin, service, model, findings);
  const fields = target && signingFieldsOf(plugin, target, findings);
  if (!fields) {
    findings.error(route.at, `${route.name} is left out, as ${plugin.at} cannot be carried over`);
    return undefined;
  }
  noteTransport(route, plugin, service, target, findings);
  return { route, service, plugin, target, fields, matches: matchesOf(route, model.tildePaths, findings) };
}

function noteTransport(
  { at, raw }: KongRoute,
  { at: pluginAt, protocols }: KongPlugin,
  service: KongService,
  { protocol }: Target,
  findings: Findings,
): void {
  if (raw.protocols?.includes('https') && !raw.protocols.includes('http')) {
    findings.note(`${at}.protocols`, 'takes https alone; here the listener decides: add a TLS transport_socket');
  }
  if (raw.path_handling === 'v1' && service.path !== '/') {
    findings.note(`${at}.path_handling`, 'v1 joins paths otherwise than v0, which the output does: compare the paths');
  }
  if (protocols && !['http', 'https'].every((served) => protocols.includes(served))) {
    findings.note(
      `${pluginAt}.protocols`,
      `signs ${protocols.join(', ')} alone in Kong; here all that the route takes`,
    );
  }
  if (protocol !== 'https') return;
  if (service.tlsVerify === false) {
    findings.note(`${service.at}.tls_verify`, 'is off; here the certificate is verified all the same');
  }
  for (const field of service.tlsExtras) {
    findings.error(`${service.at}.${field}`, 'is not carried over: add it to the TLS context of the cluster');
  }
}

function noteUnusedEntries({ plugins }: KongModel, findings: Findings): void {
  for (const { name, at, enabled, unusable } of plugins) {
    if (name !== PLUGIN_NAME) continue;
    if (!enabled) findings.note(at, 'is disabled: left out, a wider entry holds in its place');
    else if (unusable === 'consumer') findings.error(at, 'is for consumers, whom Envoy does not know: left out');
    else if (unusable === 'reference')
      findings.error(at, 'is for a service or route that is not in the file: left out');
  }
}

/** A request for one of those may now meet a route that signs. */
function noteUnsignedRoutes({ routes }: KongModel, withPlugin: ReadonlySet<KongRoute>, findings: Findings): void {
  const others = routes.filter((route) => !withPlugin.has(route));
  if (others.length === 0) return;
  const names = others.map(({ name }) => name).join(', ');
  findings.note(
    '',
    `not in the output, as the plugin does not run on them: ${names}. Where a signed route would match their requests too, put a route for them before it`,
  );
}
