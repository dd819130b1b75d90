import { LRUCache } from 'lru-cache';
import { INITIAL_METADATA_KEY, METADATA_NAMESPACE } from '../config/index.ts';
import type { Metadata as GrpcMetadata } from '../grpc/index.ts';
import type { RequestObserver } from '../signer/index.ts';
import type { Metadata } from './messages.ts';
import { structToJson } from './struct.ts';

const BINARY_METADATA_KEY = `${INITIAL_METADATA_KEY}-bin` as const;

/** By what came over the wire, which is the same for all requests of a route; bounded in characters. */
const decodedConfigs = new LRUCache<string, string>({
  maxSize: 16 * 1024 * 1024,
  sizeCalculation: (config, encoded) => config.length + encoded.length + 1,
});

/** JSON of the route's config that the gRPC call carries, by the plain key or the binary one. */
export function configOfCall(metadata: GrpcMetadata): string | undefined {
  const encoded = metadata.text(BINARY_METADATA_KEY);
  if (encoded === undefined) return metadata.text(INITIAL_METADATA_KEY);
  let config = decodedConfigs.get(encoded);
  if (config === undefined) {
    config = metadata.binary(BINARY_METADATA_KEY)?.toString() ?? '';
    decodedConfigs.set(encoded, config);
  }
  return config;
}

/** Where Envoy itself traces, the gRPC call is part of the trace, and nearer to it than the request's own header. */
export function tracerOf(
  metadata: GrpcMetadata,
  observer: RequestObserver,
): NonNullable<RequestObserver['traceRequest']> {
  const ofCall = metadata.text('traceparent');
  return (ofRequest) => observer.traceRequest?.(ofCall ?? ofRequest);
}

/** JSON of the signing config's namespace in metadata of Envoy's. */
export function configOfMetadata(metadata: Metadata | undefined): string | undefined {
  const namespace = metadata?.filter_metadata?.[METADATA_NAMESPACE];
  return namespace && JSON.stringify(structToJson(namespace));
}
