import { type Json, typeUrl } from './base.ts';

const FILTER = 'envoy.filters.http.ext_authz';

export interface ExtAuthz {
  grpcService: Json;
  failureModeAllow: boolean;
  statusOnError: number;
  body: Json;
}

/** The filter as Contour and Emissary write it: both clear the route cache, always. */
export function extAuthzFilter({ grpcService, failureModeAllow, statusOnError, body }: ExtAuthz): Json {
  return {
    name: FILTER,
    typed_config: {
      '@type': typeUrl('filters.http.ext_authz.v3.ExtAuthz'),
      transport_api_version: 'V3',
      grpc_service: grpcService,
      clear_route_cache: true,
      failure_mode_allow: failureModeAllow,
      status_on_error: { code: statusOnError },
      with_request_body: body,
    },
  };
}

/** A route's own settings for it: its context, or `false` to leave it out. */
export function extAuthzPerRoute(context: Record<string, string> | false): Json {
  const override = context === false ? { disabled: true } : { check_settings: { context_extensions: context } };
  return {
    typed_per_filter_config: {
      [FILTER]: { '@type': typeUrl('filters.http.ext_authz.v3.ExtAuthzPerRoute'), ...override },
    },
  };
}
