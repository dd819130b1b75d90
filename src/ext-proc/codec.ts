import { fileURLToPath } from 'node:url';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ProcessingRequest, ProcessingResponse } from './messages.ts';

export const EXT_PROC_SERVICE = 'envoy.service.ext_proc.v3.ExternalProcessor';

const PROTO_ROOT = fileURLToPath(new URL('../../proto', import.meta.url));

type ExtProcService = ServiceDefinition & { Process: MethodDefinition<ProcessingRequest, ProcessingResponse> };

/** The gRPC service with its (de)serialisers, in the shapes of messages.ts. */
export function loadExtProcService(): ExtProcService {
  const definitions = loadSync('envoy/service/ext_proc/v3/external_processor.proto', {
    includeDirs: [PROTO_ROOT],
    keepCase: true,
    longs: Number,
  });
  return definitions[EXT_PROC_SERVICE] as unknown as ExtProcService;
}
