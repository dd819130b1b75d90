import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { EXT_AUTHZ_SERVICE, extAuthzHandlers, loadExtAuthzService } from '../ext-authz/index.ts';
import { EXT_PROC_DEFINITION, EXT_PROC_SERVICE, extProcHandlers } from '../ext-proc/index.ts';
import type { RequestObserver, Signer } from '../signer/index.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { removeStaleSocket } from './stale-socket.ts';

/** One BUFFERED body is one message: as large as the largest buffer limit that Envoy is set to. */
const LARGEST_MESSAGE = 256 * 1024 * 1024;

/** Names under which health is told: of the server, and of each protocol. */
const SERVICES = ['', EXT_PROC_SERVICE, EXT_AUTHZ_SERVICE] as const;

/** The gRPC side of the service. */
export interface GrpcServer {
  /** As bound, with the port that the kernel gave. */
  readonly address: string;
  setServing(serving: boolean): void;
  /** Takes no new streams, gives those that are open some time, then ends them. Resolves when the port is closed. */
  stop(graceMs: number): Promise<void>;
}

export async function startGrpcServer(
  listen: ListenAddress,
  signer: Signer,
  observer: RequestObserver,
  patienceMs: number,
): Promise<GrpcServer> {
  // grpc-js prints metadata that it cannot decode, whole: a route's config with an external id would stand in the log.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    'grpc.max_receive_message_length': LARGEST_MESSAGE,
    'grpc.max_send_message_length': LARGEST_MESSAGE,
  });
  liftStreamResetLimit(server);

  const health = new HealthImplementation(Object.fromEntries(SERVICES.map((service) => [service, 'SERVING'])));
  health.addToServer(server);
  server.addService(EXT_PROC_DEFINITION, extProcHandlers(signer, observer, patienceMs));
  server.addService(loadExtAuthzService(), extAuthzHandlers(signer, observer));

  if (listen.kind === 'unix') await removeStaleSocket(listen.path);
  const port = await bind(server, formatListenAddress(listen));
  return {
    address: formatListenAddress(listen, port),
    setServing(serving) {
      for (const service of SERVICES) health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
    },
    stop: (graceMs) => stop(server, graceMs),
  };
}

/**
 * Envoy ends every ext_proc stream with a reset, at any rate; Node takes more than 33 a second for a rapid-reset
 * attack and closes the connection, and with it every request that is under way there. grpc-js hands Node no such
 * option, but keeps in this field those that it hands it.
 * @see https://nodejs.org/api/http2.html#http2createserveroptions-onrequesthandler streamResetBurst
 */
function liftStreamResetLimit(server: Server): void {
  const { commonServerOptions } = server as unknown as { commonServerOptions?: Record<string, unknown> };
  if (typeof commonServerOptions !== 'object') {
    throw new Error('this version of @grpc/grpc-js keeps its HTTP/2 options elsewhere: the stream reset limit stands');
  }
  commonServerOptions.streamResetBurst = Number.MAX_SAFE_INTEGER;
  commonServerOptions.streamResetRate = Number.MAX_SAFE_INTEGER;
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

function stop(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(deadline);
      resolve();
    });
  });
}
