import { ENVOY_GATEWAY_NAMESPACE, envoyGatewayAnnotation } from './envoy-gateway.ts';
import { invalid, type Layer, type LayerOrigin, parseJsonLayer, parseLayer } from './layer.ts';
import { parseMetadataText, TextFormatError } from './text-format/index.ts';

/** The namespace of route, virtual host, cluster and dynamic metadata that holds signing config. */
export const METADATA_NAMESPACE = 'aws-request-signing';
/** gRPC initial metadata that carries the route's namespace as JSON. */
export const INITIAL_METADATA_KEY = 'x-aws-request-signing';

const NAMESPACES: ReadonlySet<string> = new Set([METADATA_NAMESPACE, ENVOY_GATEWAY_NAMESPACE]);

/** All that came with one request by which its config may be found; nothing here can be forged by the HTTP client. */
export interface ConfigSources {
  /** JSON of the route's namespace, from gRPC initial metadata or ext_authz. Where it is there, `routeMetadata` is not parsed. */
  initialMetadata?: string | undefined;
  /** JSON of the route's config, from the per-route settings of an ext_authz filter. */
  contextExtension?: string | undefined;
  /** Attributes xds.*_metadata: core.v3.Metadata in protobuf's text format. */
  routeMetadata?: string | undefined;
  virtualHostMetadata?: string | undefined;
  clusterMetadata?: string | undefined;
  /** JSON of the namespace in the request's dynamic metadata. */
  dynamicMetadata?: string | undefined;
  /** Attribute xds.route_name. */
  routeName?: string | undefined;
  /** `:authority` of the gRPC call. */
  grpcAuthority?: string | undefined;
}

/**
 * The layers that Envoy's channels yield, lowest precedence first.
 * @throws ConfigError SIGV4_CONFIG_INVALID
 */
export function layersFromEnvoy(sources: ConfigSources): Layer[] {
  const dynamic =
    sources.dynamicMetadata === undefined ? undefined : parseJsonLayer('dynamic metadata', sources.dynamicMetadata);
  return [
    layerOfText('cluster', sources.clusterMetadata),
    layerOfText('virtual host', sources.virtualHostMetadata),
    layerOfRoute(sources),
    dynamic,
  ].filter((layer) => layer !== undefined);
}

function layerOfRoute({ contextExtension, initialMetadata, routeMetadata }: ConfigSources): Layer | undefined {
  if (contextExtension !== undefined) {
    if (initialMetadata !== undefined) {
      throw invalid('route', `both the context extension ${METADATA_NAMESPACE} and route metadata are there`);
    }
    return parseJsonLayer('route', contextExtension);
  }
  return initialMetadata === undefined ? layerOfText('route', routeMetadata) : parseJsonLayer('route', initialMetadata);
}

function layerOfText(origin: LayerOrigin, text: string | undefined): Layer | undefined {
  if (!text) return undefined;
  const namespaces = parsed(origin, text);
  const own = namespaces.get(METADATA_NAMESPACE);
  const annotation = annotated(origin, namespaces.get(ENVOY_GATEWAY_NAMESPACE));
  if (own !== undefined && annotation !== undefined) {
    throw invalid(origin, `both the namespace ${METADATA_NAMESPACE} and the annotation of that name are there`);
  }
  if (own !== undefined) return parseLayer(origin, own);
  return annotation === undefined ? undefined : parseJsonLayer(origin, annotation);
}

function parsed(origin: LayerOrigin, text: string): ReturnType<typeof parseMetadataText> {
  try {
    return parseMetadataText(text, NAMESPACES);
  } catch (error) {
    if (!(error instanceof TextFormatError)) throw error;
    throw invalid(origin, `the metadata attribute is not protobuf text (${error.message})`);
  }
}

function annotated(origin: LayerOrigin, namespace: Parameters<typeof envoyGatewayAnnotation>[0] | undefined) {
  if (namespace === undefined) return undefined;
  try {
    return envoyGatewayAnnotation(namespace);
  } catch (error) {
    throw invalid(origin, `the annotation ${METADATA_NAMESPACE} is not one text`, error);
  }
}
