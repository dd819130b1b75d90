import { fileURLToPath } from 'node:url';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO_ROOT = fileURLToPath(new URL('../../proto', import.meta.url));

/**
 * A gRPC service with its (de)serialisers: fields by their names in proto/, those that were not sent absent.
 * @param file path under proto/
 * @param name fully qualified
 */
export function loadService(file: string, name: string): ServiceDefinition {
  const definitions = loadSync(file, { includeDirs: [PROTO_ROOT], keepCase: true, longs: Number });
  return definitions[name] as ServiceDefinition;
}
