import { loadMethod } from '../envoy/index.ts';
import { type MethodCodec, withHeadroom } from '../grpc/index.ts';
import type { CheckRequest, CheckResponse } from './messages.ts';

export const EXT_AUTHZ_SERVICE = 'envoy.service.auth.v3.Authorization';

/** (De)serialises in the shapes of messages.ts. */
export function loadCheckCodec(): MethodCodec<CheckRequest, CheckResponse> {
  const file = 'envoy/service/auth/v3/external_auth.proto';
  const { requestDeserialize, responseSerialize } = loadMethod<CheckRequest, CheckResponse>(
    file,
    EXT_AUTHZ_SERVICE,
    'Check',
  );
  return { decode: requestDeserialize, encode: withHeadroom(responseSerialize) };
}
