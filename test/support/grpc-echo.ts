import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Client, type ClientOptions, credentials } from '@grpc/grpc-js';
import { type GrpcLimits, GrpcServer, Health, type Method, Status, StatusError, unary } from '../../src/grpc/index.ts';

export const LIMITS: GrpcLimits = {
  messageBytes: 1024 * 1024,
  metadataBytes: 16 * 1024,
  streamsPerConnection: 100,
  resetsPerSecond: Number.MAX_SAFE_INTEGER,
};

/** Bytes as they are, for both sides. */
export const asIs = (bytes: Buffer): Buffer => bytes;

const codec = {
  decode: asIs,
  encode: (message: Buffer, headroom: number) => Buffer.concat([Buffer.alloc(headroom), message]),
};

type Echo = Method<Buffer, Buffer, string>;

/** What one call is about to do, and has done. */
export interface Seen {
  opened: number;
  messages: number;
  closed: number;
  unanswered: number;
  /** What handlers threw where no status tells of it. */
  defects: unknown[];
}

/** A server whose methods give back what they get. */
export interface EchoServer {
  port: number;
  grpc: GrpcServer<string>;
  health: Health;
  seen: Seen;
  /** Holds the answers of `/echo.Echo/Held` back. */
  gate: PromiseWithResolvers<void>;
  client(options?: ClientOptions): Client;
  close(): Promise<void>;
}

export async function startEcho(limits: Partial<GrpcLimits> = {}, listener = createServer()): Promise<EchoServer> {
  const seen: Seen = { opened: 0, messages: 0, closed: 0, unanswered: 0, defects: [] };
  const gate = Promise.withResolvers<void>();
  const health = new Health(['', 'echo.Echo']);
  const bidi = (onMessage: (message: Buffer, send: (answer: Buffer) => void) => void | Promise<void>): Echo => ({
    ...codec,
    open(call) {
      seen.opened += 1;
      return {
        onMessage(message) {
          seen.messages += 1;
          return onMessage(message, (answer) => call.send(answer));
        },
        onEnd: () => call.end(),
        onClose() {
          seen.closed += 1;
        },
      };
    },
  });
  const fail = () => {
    throw new TypeError('a defect');
  };
  const methods = new Map<string, Echo>([
    ['/echo.Echo/Stream', bidi((message, send) => send(message))],
    ['/echo.Echo/Held', bidi((message, send) => gate.promise.then(() => send(message)))],
    [
      '/echo.Echo/Fail',
      bidi((message) => {
        if (message.length === 0) throw new TypeError('a defect, with a secret');
        throw new StatusError(Status.FAILED_PRECONDITION, message.toString());
      }),
    ],
    [
      '/echo.Echo/FailAtEnd',
      {
        ...codec,
        open: (call) => ({
          onMessage: (message) => call.send(message),
          onEnd: fail,
          onClose: fail,
        }),
      },
    ],
    [
      '/echo.Echo/Refuse',
      {
        ...codec,
        open() {
          throw new StatusError(Status.UNAUTHENTICATED, 'nobody is let in');
        },
      },
    ],
    [
      '/echo.Echo/Unary',
      unary<Buffer, Buffer, string>({
        ...codec,
        open({ metadata, peer }) {
          let isAnswered = false;
          return {
            async answer(message) {
              seen.messages += 1;
              if (message.length === 0) await gate.promise;
              isAnswered = true;
              const { authority } = metadata;
              const [text, binary] = [metadata.text('x-text'), metadata.binary('x-bytes-bin')?.toString('hex')];
              return message.equals(Buffer.from('who'))
                ? Buffer.from(JSON.stringify({ authority, text, binary, peer }))
                : message;
            },
            onClose() {
              if (!isAnswered) seen.unanswered += 1;
            },
          };
        },
      }),
    ],
  ]);
  const grpc = new GrpcServer<string>({
    methods: new Map<string, Method<unknown, unknown, string>>([...methods, ...health.methods<string>()]),
    limits: { ...LIMITS, ...limits },
    onDefect: (error) => void seen.defects.push(error),
    onNoPreface: () => undefined,
  });
  const event = 'setSecureContext' in listener ? 'secureConnection' : 'connection';
  listener.on(event, (socket) => grpc.accept(socket, 'a peer'));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const clients: Client[] = [];
  return {
    port,
    grpc,
    health,
    seen,
    gate,
    client(options) {
      const made = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
        ...options,
      });
      clients.push(made);
      return made;
    },
    async close() {
      for (const made of clients) made.close();
      await stop(listener, grpc);
    },
  };
}

async function stop(listener: Server, grpc: GrpcServer<string>): Promise<void> {
  listener.close();
  await grpc.sessions.drain(200);
}
