import { type ConfigSources, METADATA_NAMESPACE } from '../config/index.ts';
import { configOfMetadata, headerEntry, type RequestView, viewOf, type WireHeader } from '../envoy/index.ts';
import { RequestError } from '../errors/index.ts';
import type { Peer } from '../signer/index.ts';
import type { CheckRequest, HttpRequest } from './messages.ts';

/** What the gRPC call itself says, beside its message. */
export interface GrpcCall {
  /** JSON of the route's config, from x-aws-request-signing or its binary form. */
  initialMetadata: string | undefined;
  /** Of x-aws-request-signing-route-name: the protocol has no field for it. */
  routeName: string | undefined;
  authority: string | undefined;
  peer: Peer;
}

/**
 * The request, with all of its headers.
 * @throws RequestError SIGV4_PROCESSING_MODE where the filter holds headers back
 */
export function requestOf(http: HttpRequest): RequestView {
  const headers = wireHeaders(http);
  // Envoy sends the pseudo-headers among the others: what hides them hides headers that must be signed or removed.
  if (!headers.some(({ key }) => key === ':path')) {
    throw new RequestError(
      'SIGV4_PROCESSING_MODE',
      "the ext_authz filter keeps headers from the signer; take allowed_headers out of the filter's settings",
    );
  }
  return viewOf(headers.map(headerEntry));
}

/** Those of `headers` come with the values of a repeated name joined by commas, as a signature has them. */
function wireHeaders({ header_map, headers }: HttpRequest): readonly WireHeader[] {
  return header_map?.headers ?? Object.entries(headers ?? {}).map(([key, value]) => ({ key, value }));
}

/** Where the request's config may be found: the filter's per-route settings, route and dynamic metadata, gRPC metadata. */
export function configSources({ attributes }: CheckRequest, call: GrpcCall): ConfigSources {
  return {
    contextExtension: attributes?.context_extensions?.[METADATA_NAMESPACE],
    initialMetadata: call.initialMetadata ?? configOfMetadata(attributes?.route_metadata_context),
    dynamicMetadata: configOfMetadata(attributes?.metadata_context),
    routeName: call.routeName,
    grpcAuthority: call.authority,
  };
}
