import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { encodeHeaders, type Http2Limits, ServerConnection, type ServerStream } from '../../src/http2/index.ts';
import { rethrow } from './rethrow.ts';

const LIMITS: Http2Limits = { streams: 100, headerListBytes: 16 * 1024, resetsPerSecond: Number.MAX_SAFE_INTEGER };
const HEADERS = encodeHeaders({ ':status': '200' });
const TRAILERS = encodeHeaders({ 'x-end': 'yes' });

/** A server of HTTP/2 that answers each request, behind its end, with some bytes and trailers. */
export interface PlainHttp2Server {
  port: number;
  close(): Promise<void>;
}

export async function startPlainHttp2(limits: Partial<Http2Limits> = {}): Promise<PlainHttp2Server> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new ServerConnection(socket, {
      limits: { ...LIMITS, ...limits },
      onStream: answer,
      onDefect: rethrow,
      onNoPreface: () => undefined,
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function answer(stream: ServerStream): void {
  stream.handler = {
    onData: () => undefined,
    onEnd() {
      stream.sendHeaders(HEADERS);
      stream.sendData(Buffer.from('all of it'));
      stream.sendTrailers(TRAILERS);
    },
    onDrain: () => undefined,
    onClose: () => undefined,
  };
}
