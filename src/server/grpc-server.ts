import type { Duplex } from 'node:stream';
import { DEFAULT_LIMITS, type Limits } from '../config/index.ts';
import { OpenStreams } from '../envoy/index.ts';
import { EXT_AUTHZ_SERVICE, extAuthzMethods } from '../ext-authz/index.ts';
import { EXT_PROC_SERVICE, type ExtProcOptions, extProcMethods, HeldBytes } from '../ext-proc/index.ts';
import { GrpcServer as Grpc, Health, type Method } from '../grpc/index.ts';
import type { Peer } from '../signer/index.ts';

export interface GrpcOptions extends Omit<ExtProcOptions, 'streams' | 'held'> {
  /** Whether all peers are the operator's own Envoys. */
  isTrusted: boolean;
  /** Whether streams stay open for what targets answer. */
  verdicts?: boolean;
  limits?: Limits;
  /** Told of an error that is no request's: a call or a connection was ended for it. */
  onDefect: (error: unknown) => void;
  /** Told of a connection that is ended because its peer speaks no HTTP/2, or does not begin to in time. */
  onNoPreface: (connection: Duplex, reason: string) => void;
}

/** The gRPC side of the service, without a port of its own. */
export interface GrpcServer {
  /** Serves a connection, TLS's handshake behind it. */
  accept(connection: Duplex, peer: Peer): void;
  /** Has the peer of one connection come again, without harm to its requests. */
  dismissOne(): void;
  setServing(serving: boolean): void;
  /**
   * Has each peer take its further requests elsewhere, gives those under way some time, then ends them. Resolves when
   * all connections are closed.
   */
  stop(graceMs: number): Promise<void>;
}

export function createGrpcServer({ limits = DEFAULT_LIMITS, ...options }: GrpcOptions): GrpcServer {
  const streams = new OpenStreams({ most: limits.streams, keepsForVerdicts: options.verdicts === true });
  const held = new HeldBytes(limits.heldBytes);
  const health = new Health(['', EXT_PROC_SERVICE, EXT_AUTHZ_SERVICE]);
  const methods = new Map<string, Method<unknown, unknown, Peer>>([
    ...health.methods<Peer>(),
    ...extProcMethods({ ...options, streams, held }),
    ...extAuthzMethods({ ...options, streams }),
  ]);
  // Envoy ends every ext_proc stream with a reset, at any rate: docs/decisions/0004-stream-resets.md.
  const resetsPerSecond = options.isTrusted ? Number.MAX_SAFE_INTEGER : limits.resetsPerSecond;
  const { messageBytes, metadataBytes, streamsPerConnection } = limits;
  const grpc = new Grpc<Peer>({
    methods,
    limits: { messageBytes, metadataBytes, streamsPerConnection, resetsPerSecond },
    onDefect: options.onDefect,
    onNoPreface: options.onNoPreface,
  });
  return {
    accept: (connection, peer) => grpc.accept(connection, peer),
    dismissOne: () => grpc.sessions.dismissOne(),
    setServing: (serving) => health.setServing(serving),
    async stop(graceMs) {
      streams.drain();
      await grpc.sessions.drain(graceMs);
    },
  };
}
