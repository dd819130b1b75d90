import {
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { setDeadline } from './deadline.ts';
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
}

/** Node counts in MB, and refuses streams of a connection that holds more. */
const SESSION_MEMORY_MB = 1024;

/**
 * Serves gRPC on connections that others have accepted, TLS's handshake behind them.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export class GrpcServer<Peer> {
  readonly sessions = new Sessions();
  readonly #methods: GrpcServerOptions<Peer>['methods'];
  readonly #mostMessageBytes: number;
  readonly #http2Options: ServerOptions;

  constructor({ methods, limits }: GrpcServerOptions<Peer>) {
    this.#methods = methods;
    this.#mostMessageBytes = limits.messageBytes;
    this.#http2Options = {
      maxSessionMemory: SESSION_MEMORY_MB,
      streamResetBurst: limits.resetsPerSecond,
      streamResetRate: limits.resetsPerSecond,
      settings: {
        enablePush: false,
        maxConcurrentStreams: limits.streamsPerConnection,
        maxHeaderListSize: limits.metadataBytes,
      },
    };
  }

  /** @param peer what its calls are to be told of who is at the other end */
  accept(connection: Duplex, peer: Peer): void {
    if (connection.destroyed) return;
    const session: ServerHttp2Session = performServerHandshake(connection, this.#http2Options);
    session.on('error', ignore);
    session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) =>
      this.#serve(stream, headers, peer),
    );
    this.sessions.add(session);
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: Peer): void {
    const method = this.#methodOf(stream, headers);
    if (method === undefined) return;
    const call = new ServerCall<unknown, Peer>(stream, method, new Metadata(headers), peer);
    new Intake(stream, method, call, this.#mostMessageBytes);
    const timeout = headers['grpc-timeout'];
    if (typeof timeout === 'string') setDeadline(stream, call, timeout);
  }

  /** The method that is called; undefined for what is refused. */
  #methodOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Method<unknown, unknown, Peer> | undefined {
    const encoding = headers['grpc-encoding'] ?? 'identity';
    const method = this.#methods.get(headers[':path'] ?? '');
    if (headers[':method'] !== 'POST') refuseHttp(stream, 405);
    else if (!isGrpc(headers['content-type'])) refuseHttp(stream, 415);
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

function ignore(): void {}
