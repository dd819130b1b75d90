import { LRUCache } from 'lru-cache';
import { ConfigError } from '../errors/index.ts';
import { finishConfig } from './finish.ts';
import { isSet, type Layer } from './layer.ts';
import { mergeLayers } from './merge.ts';
import type { ServerConfig } from './server-config.ts';
import type { SigningConfig } from './signing-config.ts';
import { type ConfigSources, layersFromEnvoy } from './sources.ts';

/** Bounds each cache by the length of the source texts too, as Envoy's text format may hold a route's whole metadata. */
const ENTRIES_KEPT = 20_000;
const CHARACTERS_KEPT = 32 * 1024 * 1024;

/** A route either has a config, or the server's file lets it through unsigned. */
export type Resolution = SigningConfig | 'unconfigured-pass';

/**
 * Finds the signing config of a request, for one state of the server's file. Results, errors included, are cached by
 * the source texts, so that a request with known texts costs no parse; and the same config is the same object, in
 * whatever order its fields came.
 */
export class RouteConfigResolver {
  readonly #server: ServerConfig;
  /** Of routes whose config is all in one text: by that, as to join texts would copy it for each request. */
  readonly #byJson = knownByText();
  readonly #byAttribute = knownByText();
  readonly #bySources = knownByText();
  readonly #byContent = new LRUCache<string, Resolution>({ max: ENTRIES_KEPT });

  constructor(server: ServerConfig) {
    this.#server = server;
  }

  /** @throws ConfigError */
  resolve(sources: ConfigSources): Resolution {
    const { initialMetadata, routeMetadata } = sources;
    const profile = this.#profileNameOf(sources);
    let key = initialMetadata ?? routeMetadata;
    let known = initialMetadata === undefined ? this.#byAttribute : this.#byJson;
    if (key === undefined || profile !== '' || !isAlone(sources)) {
      key = joined(sources, profile);
      known = this.#bySources;
    }
    let resolution = known.get(key);
    if (resolution === undefined) {
      resolution = this.#resolveAfresh(sources);
      known.set(key, resolution);
    }
    if (resolution instanceof ConfigError) throw resolution;
    return resolution;
  }

  /**
   * The same for layers that came by another way than a request, lowest precedence first.
   * @param named what names the profile where no layer does
   * @throws ConfigError
   */
  resolveLayers(
    layers: readonly Layer[],
    named: Pick<ConfigSources, 'routeName' | 'grpcAuthority' | 'routeMetadata'>,
  ): Resolution {
    return this.#finish(this.#withServerLayers(layers, named), named);
  }

  #resolveAfresh(sources: ConfigSources): Resolution | ConfigError {
    try {
      return this.resolveLayers(layersFromEnvoy(sources), sources);
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
  }

  #finish(layers: readonly Layer[], sources: Pick<ConfigSources, 'routeMetadata'>): Resolution {
    const merged = mergeLayers(layers);
    const onlyDefaults = layers.every(({ origin }) => origin === 'defaults');
    const incomplete = merged.fields.aws_region === undefined || merged.fields.aws_service === undefined;
    if (onlyDefaults && incomplete) {
      // A JSON value with a byte beyond ASCII never reaches a gRPC server: only the attribute proves that nothing is there.
      if (this.#server.unconfigured === 'pass' && sources.routeMetadata !== undefined) return 'unconfigured-pass';
      throw new ConfigError('SIGV4_ROUTE_NOT_CONFIGURED', 'the route has no signing config');
    }
    const content = JSON.stringify([
      Object.entries(merged.fields).sort(([a], [b]) => (a < b ? -1 : 1)),
      [...merged.origins].sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
    const known = this.#byContent.get(content);
    if (known !== undefined) return known;
    const config = finishConfig(merged, this.#server);
    this.#byContent.set(content, config);
    return config;
  }

  #withServerLayers(layers: readonly Layer[], sources: ProfileNames): Layer[] {
    const { defaults } = this.#server;
    const below: Layer[] = defaults ? [defaults] : [];
    const profile = this.#profileOf([...below, ...layers], sources);
    return profile ? [...below, profile, ...layers] : [...below, ...layers];
  }

  /** The highest layer's `profile`; else one that is named as the route, else as the gRPC authority. */
  #profileOf(layers: readonly Layer[], names: ProfileNames): Layer | undefined {
    const naming = layers.findLast(({ fields }) => fields.profile !== undefined);
    if (naming && isSet(naming.fields, 'profile')) {
      const profile = this.#server.profiles.get(String(naming.fields.profile));
      if (profile) return profile;
      throw new ConfigError(
        'SIGV4_PROFILE_UNKNOWN',
        `signing config (${naming.origin}): profile names no profile of the server's file`,
      );
    }
    return this.#server.profiles.get(this.#profileNameOf(names));
  }

  /** '' where neither name is one of a profile. */
  #profileNameOf({ routeName = '', grpcAuthority = '' }: ProfileNames): string {
    const { profiles } = this.#server;
    if (profiles.size === 0) return '';
    if (profiles.has(routeName)) return routeName;
    return profiles.has(grpcAuthority) ? grpcAuthority : '';
  }
}

type ProfileNames = Pick<ConfigSources, 'routeName' | 'grpcAuthority'>;

function knownByText(): LRUCache<string, Resolution | ConfigError> {
  return new LRUCache({ max: ENTRIES_KEPT, maxSize: CHARACTERS_KEPT, sizeCalculation: (_, key) => key.length + 1 });
}

/** Whether all that there is of a config is the route's own. */
function isAlone({ contextExtension, virtualHostMetadata, clusterMetadata, dynamicMetadata }: ConfigSources): boolean {
  return contextExtension === undefined && !virtualHostMetadata && !clusterMetadata && dynamicMetadata === undefined;
}

/** @param profile the one that is named as the route or the gRPC authority, or '' */
function joined(sources: ConfigSources, profile: string): string {
  const { contextExtension, initialMetadata, routeMetadata, virtualHostMetadata, clusterMetadata, dynamicMetadata } =
    sources;
  const route =
    initialMetadata === undefined ? (routeMetadata === undefined ? '' : `t${routeMetadata}`) : `j${initialMetadata}`;
  const extension = contextExtension === undefined ? '' : `c${contextExtension}\0`;
  return `${extension}${route}\0${virtualHostMetadata ?? ''}\0${clusterMetadata ?? ''}\0${dynamicMetadata ?? ''}\0${profile}`;
}
