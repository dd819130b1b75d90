import { loadMethod } from '../envoy/index.ts';
import { type MethodCodec, withHeadroom } from '../grpc/index.ts';
import type { CheckRequest, CheckResponse } from './messages.ts';

export const EXT_AUTHZ_SERVICE = 'envoy.service.auth.v3.Authorization';

let codec: MethodCodec<CheckRequest, CheckResponse> | undefined;

/** (De)serialises in the shapes of messages.ts. Loaded the first time, for some tenths of a second, then kept. */
export function loadCheckCodec(): MethodCodec<CheckRequest, CheckResponse> {
  if (codec !== undefined) return codec;
  const file = 'envoy/service/auth/v3/external_auth.proto';
  const { requestDeserialize, responseSerialize } = loadMethod<CheckRequest, CheckResponse>(
    file,
    EXT_AUTHZ_SERVICE,
    'Check',
  );
  codec = { decode: requestDeserialize, encode: withHeadroom(responseSerialize) };
  return codec;
}
