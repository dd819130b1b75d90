import {
  INITIAL_METADATA_KEY,
  type Layer,
  METADATA_NAMESPACE,
  parseLayer,
  type RouteConfigResolver,
  type SigningConfig,
} from '../../config/index.ts';
import { ConfigError } from '../../errors/index.ts';
import type { ConfigLayer, Pair } from '../model/traffic.ts';
import { embeddedJson } from '../source/index.ts';

/** What the signer would make of a route's config. */
export type Judgement =
  | { readonly kind: 'signs'; readonly config: SigningConfig }
  | { readonly kind: 'refuses'; readonly error: ConfigError; readonly layer?: ConfigLayer }
  /** The server's file lets a route without config through unsigned. */
  | { readonly kind: 'passes' }
  /** It may be a profile's, and no server's file was given. */
  | { readonly kind: 'unknown' };

/** A route, a signer on its way, and what comes of it. */
export interface Way extends Pair {
  readonly layers: readonly ConfigLayer[];
  readonly judgement: Judgement;
  /** Some layer has a field that says which path the gateway makes of the request's. */
  readonly expectsPathRewrite: boolean;
}

/** The server's file as far as it was given. */
export interface KnownServer {
  readonly resolver: RouteConfigResolver;
  readonly isGiven: boolean;
}

/** Takes a pair's layers the way that a request's take: parsed, merged above the server's own, completed. */
export function judge(pair: Pair, server: KnownServer): Way {
  const layers = layersOf(pair);
  const parsed: Layer[] = [];
  const way = (judgement: Judgement): Way => ({
    ...pair,
    layers,
    judgement,
    expectsPathRewrite: layers.some(({ data }) => isSet(data, 'rewrite_path')),
  });
  for (const layer of layers) {
    try {
      parsed.push(parseLayer(layer.origin, layer.data));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return way({ kind: 'refuses', error, layer });
    }
  }
  if (!server.isGiven && mayComeFromProfile(parsed, pair)) return way({ kind: 'unknown' });
  try {
    const resolution = server.resolver.resolveLayers(parsed, {
      routeName: pair.signer.channels.attributes.has('xds.route_name') ? pair.route.name : undefined,
      grpcAuthority: pair.signer.authority ?? pair.signer.cluster?.value,
      // Only the attribute proves that a route has no config.
      routeMetadata: pair.signer.channels.attributes.has('xds.route_metadata') ? '' : undefined,
    });
    return way(resolution === 'unconfigured-pass' ? { kind: 'passes' } : { kind: 'signs', config: resolution });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [layer] = layers.slice(-1);
    return way({ kind: 'refuses', error, ...(layer && { layer }) });
  }
}

/** Without the server's file, only a config that names no profile, and needs none, can be judged. */
function mayComeFromProfile(layers: readonly Layer[], { signer }: Pair): boolean {
  if (layers.some(({ fields }) => fields.profile)) return true;
  if (layers.length === 0) return signer.authority !== undefined;
  const has = (name: 'aws_region' | 'aws_service') => layers.some(({ fields }) => fields[name]);
  return signer.authority !== undefined && !(has('aws_region') && has('aws_service'));
}

function layersOf({ route, signer, cluster }: Pair): ConfigLayer[] {
  const layers = [...(cluster?.layer ? [cluster.layer] : []), ...route.layers];
  const literal = signer.channels.initialMetadata.find(({ key, value }) => isConfigKey(key) && !value.includes('%'));
  if (literal === undefined) return layers;
  const value = literal.at.get('value') ?? literal.at;
  return [...layers.filter(({ origin }) => origin !== 'route'), { origin: 'route', ...embeddedJson(value) }];
}

function isConfigKey(key: string): boolean {
  return key === INITIAL_METADATA_KEY || key === `${INITIAL_METADATA_KEY}-bin` || key === METADATA_NAMESPACE;
}

function isSet(data: unknown, field: string): boolean {
  return typeof data === 'object' && data !== null && (data as Record<string, unknown>)[field] != null;
}
