import type { HeaderEdit, Rewrite, Route } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import type { Manifest, Resources } from './manifest.ts';

export interface RouteKey {
  /** The route's name, which a VirtualService gives. */
  readonly name: string | undefined;
  readonly host: string | undefined;
  readonly namespace: string;
}

/** A route with what the VirtualService that makes it says: rewrites, headers, retries, and where it leads. */
export function withVirtualService(
  route: Route,
  key: RouteKey,
  resources: Resources,
): { route: Route; host: string | undefined } {
  const services = resources
    .of('VirtualService', 'networking.istio.io')
    .filter(({ namespace }) => namespace === key.namespace);
  const [found] = services.flatMap((service) =>
    (service.spec?.list('http') ?? []).filter((http) => isRoute(http, service, key)).map((http) => ({ service, http })),
  );
  if (found === undefined) return { route, host: undefined };
  const { service, http } = found;
  const retries = http.get('retries');
  const repeats = retries && retries.get('attempts')?.number !== 0 ? retries : undefined;
  return {
    host: http.list('route')[0]?.at('destination', 'host')?.text,
    route: {
      ...route,
      domains: service.spec?.list('hosts').flatMap(({ text }) => text ?? []) ?? [],
      rewrites: [...route.rewrites, ...rewritesOf(http.get('rewrite'))],
      edits: [
        ...route.edits,
        ...[http, ...http.list('route')].flatMap((holder) => editsOf(holder.at('headers', 'request'))),
      ],
      ...(repeats && { repeats }),
    },
  };
}

function isRoute(http: ConfigNode, service: Manifest, { name, host }: RouteKey): boolean {
  if (name !== undefined) return http.get('name')?.text === name;
  return (service.spec?.list('hosts') ?? []).some(({ text }) => text === host);
}

function rewritesOf(rewrite: ConfigNode | undefined): Rewrite[] {
  const authority = rewrite?.get('authority');
  const path = rewrite?.get('uri') ?? rewrite?.get('uriRegexRewrite');
  return [
    ...(path ? [{ of: 'path', at: path, by: 'rewrite.uri' } as const] : []),
    ...(authority?.text ? [{ of: 'host', at: authority, by: 'rewrite.authority', to: authority.text } as const] : []),
  ];
}

/** `{set: {name: value}, add: {name: value}, remove: [name]}` */
function editsOf(headers: ConfigNode | undefined): HeaderEdit[] {
  const written = [...(headers?.get('set')?.entries() ?? []), ...(headers?.get('add')?.entries() ?? [])];
  return [
    ...written.map(([header, at]): HeaderEdit => ({ action: 'set', header: header.toLowerCase(), at })),
    ...(headers?.list('remove') ?? []).flatMap((at): HeaderEdit[] =>
      at.text ? [{ action: 'remove', header: at.text.toLowerCase(), at }] : [],
    ),
  ];
}
