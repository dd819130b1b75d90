// An ext_proc server on grpc-js that does nothing: what a server of that kind costs at least. With --hash it takes the
// SHA-256 of each body, which whoever signs bodies has to do.
import { hash } from 'node:crypto';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { bodyOf, echoed, isRequestBody, type Phase, phaseOf, unchanged } from './noop-wire.ts';

const LARGEST_MESSAGE = 64 * 1024 * 1024;
const hashes = process.argv.includes('--hash');
const echoes = process.argv.includes('--echo');
const asItIs = (bytes: Buffer) => bytes;

function answerTo(phase: Phase): Buffer {
  if (!isRequestBody(phase)) return unchanged(phase);
  if (echoes) return echoed(phase);
  if (hashes) hash('sha256', bodyOf(phase.content));
  return unchanged(phase);
}

function answerEach(call: ServerDuplexStream<Buffer, Buffer>): void {
  call.on('data', (message: Buffer) => {
    const phase = phaseOf(message);
    if (phase === undefined) return;
    call.write(answerTo(phase));
    if (!call.writableNeedDrain) return;
    call.pause();
    call.once('drain', () => call.resume());
  });
  call.on('end', () => call.end());
  call.on('error', () => undefined);
}

const server = new Server({
  'grpc.max_receive_message_length': LARGEST_MESSAGE,
  'grpc.max_send_message_length': LARGEST_MESSAGE,
});
// As the service does: Envoy ends each stream with a reset, which Node would take for an attack.
const { commonServerOptions } = server as unknown as { commonServerOptions: Record<string, unknown> };
commonServerOptions.streamResetBurst = Number.MAX_SAFE_INTEGER;
commonServerOptions.streamResetRate = Number.MAX_SAFE_INTEGER;
server.addService(
  {
    Process: {
      path: '/envoy.service.ext_proc.v3.ExternalProcessor/Process',
      requestStream: true,
      responseStream: true,
      requestSerialize: asItIs,
      requestDeserialize: asItIs,
      responseSerialize: asItIs,
      responseDeserialize: asItIs,
    },
  },
  { Process: answerEach },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`127.0.0.1:${port}`);
});
process.once('SIGTERM', () => server.forceShutdown());
