import type { Duplex } from 'node:stream';
import { type RequestHeaders, ServerConnection, type ServerStream } from '../http2/index.ts';
import { deadlineMs } from './deadline.ts';
import { Intake } from './intake.ts';
import { Metadata } from './metadata.ts';
import type { Method } from './method.ts';
import { refuse, refuseHttp } from './refusals.ts';
import { ServerCall } from './server-call.ts';
import { Sessions } from './sessions.ts';
import { Status } from './status.ts';

export interface GrpcLimits {
  /** Bytes of one message. */
  messageBytes: number;
  /** Bytes of one call's metadata, as SETTINGS_MAX_HEADER_LIST_SIZE counts them. */
  metadataBytes: number;
  streamsPerConnection: number;
  /** Resets of streams that one connection may send in a second. */
  resetsPerSecond: number;
}

export interface GrpcServerOptions<Peer> {
  /** By path, `/package.Service/Method`. */
  methods: ReadonlyMap<string, Method<unknown, unknown, Peer>>;
  limits: GrpcLimits;
  /** Told of an error that no call has the status of; a stream or a connection was ended for it. */
  onDefect: (error: unknown) => void;
  /** Told of a connection that is ended because its peer speaks no HTTP/2, or does not begin to in time. */
  onNoPreface: (connection: Duplex, reason: string) => void;
}

/**
 * Serves gRPC on connections that others have accepted, TLS's handshake behind them.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export class GrpcServer<Peer> {
  readonly sessions = new Sessions();
  readonly #methods: GrpcServerOptions<Peer>['methods'];
  readonly #limits: GrpcLimits;
  readonly #events: Pick<GrpcServerOptions<Peer>, 'onDefect' | 'onNoPreface'>;

  constructor({ methods, limits, ...events }: GrpcServerOptions<Peer>) {
    this.#methods = methods;
    this.#limits = limits;
    this.#events = events;
  }

  /** @param peer what its calls are to be told of who is at the other end */
  accept(connection: Duplex, peer: Peer): void {
    if (connection.destroyed) return;
    const { streamsPerConnection: streams, metadataBytes: headerListBytes, resetsPerSecond } = this.#limits;
    this.sessions.add(
      new ServerConnection(connection, {
        limits: { streams, headerListBytes, resetsPerSecond },
        onStream: (stream, headers) => this.#serve(stream, headers, peer),
        onDefect: this.#events.onDefect,
        onNoPreface: (reason) => this.#events.onNoPreface(connection, reason),
      }),
    );
  }

  #serve(stream: ServerStream, headers: RequestHeaders, peer: Peer): void {
    const method = this.#methodOf(stream, headers);
    if (method === undefined) return;
    const call = new ServerCall<unknown, Peer>(stream, method, new Metadata(headers), peer);
    const intake = new Intake(stream, method, call, this.#limits.messageBytes);
    const timeout = headers.get('grpc-timeout');
    if (timeout === undefined) return;
    const milliseconds = deadlineMs(timeout);
    if (milliseconds === undefined) call.end(Status.INVALID_ARGUMENT, 'grpc-timeout is malformed');
    else intake.endAfter(milliseconds);
  }

  /** The method that is called; undefined for what is refused. */
  #methodOf(stream: ServerStream, headers: RequestHeaders): Method<unknown, unknown, Peer> | undefined {
    const encoding = headers.get('grpc-encoding') ?? 'identity';
    const method = this.#methods.get(headers.get(':path') ?? '');
    if (headers.get(':method') !== 'POST') refuseHttp(stream, 405);
    else if (!isGrpc(headers.get('content-type'))) refuseHttp(stream, 415);
    else if (encoding !== 'identity') refuse(stream, Status.UNIMPLEMENTED, 'compressed messages are not taken');
    else if (method === undefined) refuse(stream, Status.UNIMPLEMENTED, 'this server has no such method');
    else return method;
    return undefined;
  }
}

/** `application/grpc`, or a kind of it: the codec is the method's own. */
function isGrpc(contentType: string | undefined): boolean {
  return contentType !== undefined && CONTENT_TYPE.test(contentType);
}

const CONTENT_TYPE = /^application\/grpc(?:$|[+;])/;
