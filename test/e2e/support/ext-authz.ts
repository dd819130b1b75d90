import { type Bootstrap, connectionManager, type Route } from './example-config.ts';
import { type GatewayOptions, route } from './gateway.ts';

/** The versions of Envoy that the tests of ext_authz run on: the oldest and the newest. */
export const ENVOY_VERSIONS = ['1.36.4', '1.40.0'];

/** Gateway options for the ext_authz example with other routes, and settings of its filter over the example's. */
export function extAuthz(version: string, routes: readonly Route[], settings: object = {}): GatewayOptions {
  return {
    ...{ placement: 'ext-authz', version, routes },
    change: (config) => Object.assign(filterOf(config), settings),
  };
}

function filterOf(config: Bootstrap): Record<string, unknown> {
  const filter = connectionManager(config).http_filters.find(({ name }) => name === 'envoy.filters.http.ext_authz');
  if (filter === undefined) throw new Error('the example has no ext_authz filter');
  return filter.typed_config;
}

/** A route whose config is JSON in the filter's per-route settings, in place of metadata. */
export function extensionRoute(prefix: string, config: object | string, action: object = {}): Route {
  const json = typeof config === 'string' ? config : JSON.stringify(config);
  return {
    ...route(prefix, undefined, action),
    typed_per_filter_config: {
      'envoy.filters.http.ext_authz': {
        '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute',
        check_settings: { context_extensions: { 'aws-request-signing': json } },
      },
    },
  };
}
