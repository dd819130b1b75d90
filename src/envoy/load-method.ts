import { fileURLToPath } from 'node:url';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';

const PROTO_ROOT = fileURLToPath(new URL('../../proto', import.meta.url));

/** How a method's requests are read and its answers written. */
export interface ServedMethod<Request, Response> {
  requestDeserialize(bytes: Buffer): Request;
  responseSerialize(response: Response): Buffer;
}

/**
 * A gRPC method's (de)serialisers: fields by their names in proto/, those that were not sent absent.
 * @param file path under proto/
 * @param service fully qualified
 */
export function loadMethod<Request, Response>(
  file: string,
  service: string,
  method: string,
): ServedMethod<Request, Response> {
  const definitions = loadSync(file, { includeDirs: [PROTO_ROOT], keepCase: true, longs: Number });
  return (definitions[service] as ServiceDefinition)[method] as unknown as ServedMethod<Request, Response>;
}
