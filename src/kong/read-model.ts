import { printable } from './comments.ts';
import type { KongFile, RawPlugin, RawReference, RawRoute, RawService } from './file-schema.ts';
import type { Findings } from './findings.ts';
import type { KongModel, KongPlugin, KongRoute, KongService } from './model.ts';
import { serviceOf } from './service.ts';

/** Gathers the file's entities, wherever they are nested, and follows their references. */
export function readModel(file: KongFile, findings: Findings): KongModel {
  return new Reader(file, findings).model();
}

class Reader {
  readonly #file: KongFile;
  readonly #findings: Findings;
  readonly #services: KongService[] = [];
  readonly #routes: KongRoute[] = [];
  readonly #plugins: KongPlugin[] = [];

  constructor(file: KongFile, findings: Findings) {
    this.#file = file;
    this.#findings = findings;
  }

  model(): KongModel {
    const { services, routes, plugins, upstreams, consumers, consumer_groups, _format_version } = this.#file;
    for (const [index, raw] of (services ?? []).entries()) this.#addService(raw, `services[${index}]`);
    for (const [index, raw] of (routes ?? []).entries()) this.#addRoute(raw, `routes[${index}]`);
    this.#addPlugins(plugins, '', {});
    for (const [key, holders] of Object.entries({ consumers, consumer_groups })) {
      for (const [index, holder] of (holders ?? []).entries()) {
        this.#addPlugins(holder.plugins, `${key}[${index}].`, { unusable: 'consumer' });
      }
    }
    return {
      tildePaths: _format_version === '3.0',
      services: this.#services,
      routes: this.#routes,
      plugins: this.#plugins,
      upstreams: new Set(upstreams?.map(({ name }) => name ?? '')),
    };
  }

  #addService(given: RawService, at: string): void {
    const raw = withDefaults(given, this.#file._info?.defaults?.service);
    const service = serviceOf(raw, at, this.#findings);
    this.#services.push(service);
    this.#addPlugins(raw.plugins, `${at}.`, { service });
    for (const [index, route] of (raw.routes ?? []).entries()) this.#addRoute(route, `${at}.routes[${index}]`, service);
  }

  #addRoute(given: RawRoute, at: string, parent?: KongService): void {
    const raw = withDefaults(given, this.#file._info?.defaults?.route);
    const service = parent ?? find(this.#services, raw.service);
    const route: KongRoute = {
      at,
      name: printable(raw.name ?? raw.id ?? at),
      ...(raw.id && { id: raw.id }),
      ...(service && { service }),
      raw,
    };
    this.#routes.push(route);
    this.#addPlugins(raw.plugins, `${at}.`, { route });
  }

  #addPlugins(raws: readonly RawPlugin[] | null | undefined, prefix: string, scope: Partial<KongPlugin>): void {
    for (const [index, raw] of (raws ?? []).entries()) {
      this.#plugins.push(this.#plugin(raw, `${prefix}plugins[${index}]`, scope));
    }
  }

  #plugin(raw: RawPlugin, at: string, scope: Partial<KongPlugin>): KongPlugin {
    const service = scope.service ?? find(this.#services, raw.service);
    const route = scope.route ?? find(this.#routes, raw.route);
    const forConsumer = isGiven(raw.consumer) || isGiven(raw.consumer_group);
    const isLost = (isGiven(raw.service) && !service) || (isGiven(raw.route) && !route);
    const unusable = forConsumer ? 'consumer' : isLost ? 'reference' : undefined;
    return {
      at,
      name: raw.name,
      enabled: raw.enabled ?? true,
      config: { ...this.#shared(raw, at), ...raw.config },
      ...(raw.protocols && { protocols: raw.protocols }),
      ...(service && { service }),
      ...(route && { route }),
      ...(unusable && { unusable }),
      ...scope,
    };
  }

  /** decK's `_plugin_configs`, which a plugin names in `_config`. */
  #shared({ _config: name }: RawPlugin, at: string): Record<string, unknown> | undefined {
    if (!isGiven(name)) return undefined;
    const shared = this.#file._plugin_configs?.[name];
    if (!shared) this.#findings.error(`${at}._config`, 'no config of that name is in _plugin_configs');
    return shared;
  }
}

function find<T extends { id?: string; name: string }>(all: readonly T[], to: RawReference): T | undefined {
  if (!isGiven(to)) return undefined;
  const keys = typeof to === 'string' ? [to] : [to.id, to.name].filter(isGiven);
  return all.find(({ id, name }) => keys.some((key) => key === id || key === name));
}

/** decK's `_info.defaults` stand beneath what the entity says itself. */
function withDefaults<T extends RawService | RawRoute>(
  given: T,
  defaults: Record<string, unknown> | null | undefined,
): T {
  return { ...defaults, ...given };
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}
