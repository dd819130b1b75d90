import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials, type ServiceDefinition, type sendUnaryData } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO_ROOT = fileURLToPath(new URL('../../../proto', import.meta.url));

/** An ext_authz server that is not the signer: to see what Envoy makes of an answer. */
export interface FakeAuthorization {
  port: number;
  /** What it gives to the next checks. */
  answer: object;
  close: () => void;
}

export async function startFakeAuthorization(): Promise<FakeAuthorization> {
  const definitions = loadSync('envoy/service/auth/v3/external_auth.proto', {
    includeDirs: [PROTO_ROOT],
    keepCase: true,
  });
  const server = new Server();
  const fake: FakeAuthorization = { port: 0, answer: {}, close: () => server.forceShutdown() };
  server.addService(definitions['envoy.service.auth.v3.Authorization'] as ServiceDefinition, {
    Check: (_call: unknown, respond: sendUnaryData<object>) => respond(null, fake.answer),
  });
  fake.port = await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  return fake;
}
