import { fileURLToPath } from 'node:url';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** ext_proc's messages on Envoy's side: it writes requests and reads answers, which the service itself never does. */
export function envoyCodec(): { requestBytes(message: object): Buffer; answerOf(bytes: Buffer): object } {
  const definitions = loadSync('envoy/service/ext_proc/v3/external_processor.proto', {
    includeDirs: [fileURLToPath(new URL('../../proto', import.meta.url))],
    keepCase: true,
  });
  const service = definitions['envoy.service.ext_proc.v3.ExternalProcessor'] as ServiceDefinition;
  const { requestSerialize, responseDeserialize } = service.Process as MethodDefinition<object, object>;
  return { requestBytes: requestSerialize, answerOf: responseDeserialize };
}
