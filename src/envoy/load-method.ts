import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ServiceDefinition } from '@grpc/proto-loader';

const PROTO_ROOT = fileURLToPath(new URL('../../proto', import.meta.url));

/** The loader and its parser take a good part of a start, and only ext_authz needs them. */
const require = createRequire(import.meta.url);

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
  const { loadSync } = require('@grpc/proto-loader') as typeof import('@grpc/proto-loader');
  const definitions = loadSync(file, { includeDirs: [PROTO_ROOT], keepCase: true, longs: Number });
  return (definitions[service] as ServiceDefinition)[method] as unknown as ServedMethod<Request, Response>;
}
