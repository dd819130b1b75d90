import type { ServiceDefinition } from '@grpc/grpc-js';
import { decodeProcessingRequest } from './decode-request.ts';
import { encodeProcessingResponse } from './encode-response.ts';

export const EXT_PROC_SERVICE = 'envoy.service.ext_proc.v3.ExternalProcessor';

/** The gRPC service with its codec, in the shapes of messages.ts. */
export const EXT_PROC_DEFINITION: ServiceDefinition = {
  Process: {
    path: `/${EXT_PROC_SERVICE}/Process`,
    requestStream: true,
    responseStream: true,
    requestSerialize: onlyServes,
    requestDeserialize: decodeProcessingRequest,
    responseSerialize: encodeProcessingResponse,
    responseDeserialize: onlyServes,
  },
};

function onlyServes(): never {
  throw new Error('this service is not called from here');
}
