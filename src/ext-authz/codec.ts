import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { loadService } from '../envoy/index.ts';
import type { CheckRequest, CheckResponse } from './messages.ts';

export const EXT_AUTHZ_SERVICE = 'envoy.service.auth.v3.Authorization';

type ExtAuthzService = ServiceDefinition & { Check: MethodDefinition<CheckRequest, CheckResponse> };

/** The gRPC service with its (de)serialisers, in the shapes of messages.ts. */
export function loadExtAuthzService(): ExtAuthzService {
  return loadService('envoy/service/auth/v3/external_auth.proto', EXT_AUTHZ_SERVICE) as ExtAuthzService;
}
