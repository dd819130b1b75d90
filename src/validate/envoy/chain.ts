import type { Setting } from '../model/signer.ts';
import type { Chain, PathSettings, Route } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { readHttpFilter } from './http-filter.ts';
import { readRouteTable } from './route-table.ts';
import { typedConfig } from './typed-config.ts';

const CONNECTION_MANAGER = /\.HttpConnectionManager$/;
export const DEFAULT_BUFFER_LIMIT = 1_048_576;

/**
 * Reads the HTTP connection managers of a Listener.
 * @param tables RouteConfigurations by name, for those that take theirs by RDS
 */
export function readChains(listener: ConfigNode, tables: ReadonlyMap<string, ConfigNode> = new Map()): Chain[] {
  const chains = [...listener.list('filter_chains'), listener.get('default_filter_chain')];
  const managers = chains.flatMap((chain) =>
    (chain?.list('filters') ?? []).flatMap((filter) => {
      const typed = typedConfig(filter.get('typed_config'));
      return typed && CONNECTION_MANAGER.test(typed.type) ? [typed.fields] : [];
    }),
  );
  const ofApiListener = typedConfig(listener.at('api_listener', 'api_listener'));
  if (ofApiListener && CONNECTION_MANAGER.test(ofApiListener.type)) managers.push(ofApiListener.fields);
  return managers.map((manager) => readChain(manager, bufferLimit(listener), tables));
}

function readChain(manager: ConfigNode, limit: Setting<number>, tables: ReadonlyMap<string, ConfigNode>): Chain {
  const filters = manager.list('http_filters').map(readHttpFilter);
  const router = filters.find(({ kind }) => kind === 'router');
  const routes = routesOf(manager, tables);
  return {
    at: manager,
    filters,
    upstreamFilters: (router?.config?.list('upstream_http_filters') ?? []).map(readHttpFilter),
    paths: readPathSettings(manager),
    bufferLimit: limit,
    ...(routes && { routes }),
  };
}

function routesOf(manager: ConfigNode, tables: ReadonlyMap<string, ConfigNode>): Route[] | undefined {
  const table = manager.get('route_config') ?? tables.get(manager.at('rds', 'route_config_name')?.text ?? '');
  return table && readRouteTable(table);
}

/** Of the connection manager: what it does to a path before any filter sees it. */
export function readPathSettings(manager: ConfigNode): PathSettings {
  const normalizes = manager.get('normalize_path');
  const mergesSlashes = manager.get('merge_slashes');
  const escaped = manager.get('path_with_escaped_slashes_action');
  return {
    ...(normalizes?.flag === true && { normalizes }),
    ...(mergesSlashes?.flag === true && { mergesSlashes }),
    ...(escaped?.text?.toUpperCase().startsWith('UNESCAPE') && { unescapesSlashes: escaped }),
  };
}

export function bufferLimit(holder: ConfigNode): Setting<number> {
  const at = holder.get('per_connection_buffer_limit_bytes');
  const value = at?.number;
  return at && value !== undefined
    ? { value, at, isSet: true }
    : { value: DEFAULT_BUFFER_LIMIT, at: holder, isSet: false };
}
