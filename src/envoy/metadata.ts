import type { Metadata as GrpcMetadata } from '@grpc/grpc-js';
import { INITIAL_METADATA_KEY, METADATA_NAMESPACE } from '../config/index.ts';
import type { RequestObserver } from '../signer/index.ts';
import type { Metadata } from './messages.ts';
import { structToJson } from './struct.ts';

const BINARY_METADATA_KEY = `${INITIAL_METADATA_KEY}-bin`;

/** JSON of the route's config that the gRPC call carries, by the plain key or the binary one. */
export function configOfCall(metadata: GrpcMetadata): string | undefined {
  const [binary] = metadata.get(BINARY_METADATA_KEY);
  const [text] = metadata.get(INITIAL_METADATA_KEY);
  return (binary ?? text)?.toString();
}

/** Where Envoy itself traces, the gRPC call is part of the trace, and nearer to it than the request's own header. */
export function tracerOf(
  metadata: GrpcMetadata,
  observer: RequestObserver,
): NonNullable<RequestObserver['traceRequest']> {
  const [ofCall] = metadata.get('traceparent');
  return (ofRequest) => observer.traceRequest?.(ofCall?.toString() ?? ofRequest);
}

/** JSON of the signing config's namespace in metadata of Envoy's. */
export function configOfMetadata(metadata: Metadata | undefined): string | undefined {
  const namespace = metadata?.filter_metadata?.[METADATA_NAMESPACE];
  return namespace && JSON.stringify(structToJson(namespace));
}
