import type { Http2Server } from 'node:http2';
import type { Duplex } from 'node:stream';
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { DEFAULT_LIMITS, type Limits } from '../config/index.ts';
import { OpenStreams } from '../envoy/index.ts';
import { EXT_AUTHZ_SERVICE, extAuthzHandlers, loadExtAuthzService } from '../ext-authz/index.ts';
import {
  EXT_PROC_DEFINITION,
  EXT_PROC_SERVICE,
  type ExtProcOptions,
  extProcHandlers,
  HeldBytes,
} from '../ext-proc/index.ts';
import { Sessions } from './sessions.ts';

/** Names under which health is told: of the server, and of each protocol. */
const SERVICES = ['', EXT_PROC_SERVICE, EXT_AUTHZ_SERVICE] as const;

export interface GrpcOptions extends Omit<ExtProcOptions, 'streams' | 'held'> {
  /** Whether all peers are the operator's own Envoys. */
  isTrusted: boolean;
  /** Whether streams stay open for what targets answer. */
  verdicts?: boolean;
  limits?: Limits;
}

/** The gRPC side of the service, without a port of its own. */
export interface GrpcServer {
  readonly sessions: Sessions;
  readonly streams: OpenStreams;
  /** Serves a connection. */
  accept(connection: Duplex): void;
  setServing(serving: boolean): void;
  /**
   * Has each peer take its further requests elsewhere, gives those under way some time, then ends them. Resolves when
   * all connections are closed.
   */
  stop(graceMs: number): Promise<void>;
}

export function createGrpcServer({ limits = DEFAULT_LIMITS, ...options }: GrpcOptions): GrpcServer {
  // grpc-js prints metadata that it cannot decode, whole: a route's config with an external id would stand in the log.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    'grpc.max_receive_message_length': limits.messageBytes,
    'grpc.max_send_message_length': limits.messageBytes,
    'grpc.max_concurrent_streams': limits.streamsPerConnection,
  });
  setHttp2Options(server, limits, options.isTrusted);

  const streams = new OpenStreams({ most: limits.streams, keepsForVerdicts: options.verdicts === true });
  const held = new HeldBytes(limits.heldBytes);
  const health = new HealthImplementation(Object.fromEntries(SERVICES.map((service) => [service, 'NOT_SERVING'])));
  health.addToServer(server);
  server.addService(EXT_PROC_DEFINITION, extProcHandlers({ ...options, streams, held }));
  server.addService(loadExtAuthzService(), extAuthzHandlers({ ...options, streams }));

  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sessions = new Sessions(http2ServerOf(server));
  return {
    sessions,
    streams,
    accept: (connection) => injector.injectConnection(connection),
    setServing(serving) {
      for (const service of SERVICES) health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
    },
    async stop(graceMs) {
      streams.drain();
      await sessions.drain(graceMs);
      server.forceShutdown();
    },
  };
}

/**
 * Envoy ends every ext_proc stream with a reset, at any rate; Node takes more than 33 a second for a rapid-reset
 * attack and closes the connection, and with it every request that is under way there. grpc-js hands Node no such
 * option, but keeps in this field those that it hands it.
 * @see https://nodejs.org/api/http2.html#http2createserveroptions-onrequesthandler streamResetBurst
 */
function setHttp2Options(server: Server, { metadataBytes, resetsPerSecond }: Limits, isTrusted: boolean): void {
  const { commonServerOptions } = server as unknown as { commonServerOptions?: Record<string, unknown> };
  if (typeof commonServerOptions !== 'object') {
    throw new Error('this version of @grpc/grpc-js keeps its HTTP/2 options elsewhere: the stream reset limit stands');
  }
  const resets = isTrusted ? Number.MAX_SAFE_INTEGER : resetsPerSecond;
  commonServerOptions.streamResetBurst = resets;
  commonServerOptions.streamResetRate = resets;
  const settings = commonServerOptions.settings as object | undefined;
  commonServerOptions.settings = { ...settings, maxHeaderListSize: metadataBytes };
}

/** The HTTP/2 server behind the injector, whose sessions grpc-js tells nobody of. */
function http2ServerOf(server: Server): Http2Server {
  const { http2Servers } = server as unknown as { http2Servers?: Map<Http2Server, unknown> };
  const [http2Server] = http2Servers instanceof Map ? http2Servers.keys() : [];
  if (http2Server === undefined) {
    throw new Error('this version of @grpc/grpc-js keeps its HTTP/2 servers elsewhere: connections cannot be drained');
  }
  return http2Server;
}
