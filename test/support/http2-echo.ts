import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { encodeHeaders, ServerConnection, type ServerStream } from '../../src/http2/index.ts';
import { buffers } from '../../src/protobuf/index.ts';
import type { Certificate } from '../e2e/support/certificate.ts';
import { rethrow } from './rethrow.ts';

const HEADERS = encodeHeaders({ ':status': '200' });
const TRAILERS = encodeHeaders({ 'x-end': 'yes' });
/** Of a lent buffer, in which several parts go back at once. */
const LENT_BYTES = 100 * 1024;

export interface Http2Echo {
  port: number;
  /** Streams that were opened, and how often each was closed. */
  closes: number[];
  close(): Promise<void>;
}

/** A server of HTTP/2 that gives back what it gets, no faster than it is read; a path `/held` is paused, and never read. */
export async function startHttp2Echo(certificate?: Certificate): Promise<Http2Echo> {
  const closes: number[] = [];
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new ServerConnection(socket, {
      limits: { streams: 200, headerListBytes: 16 * 1024, resetsPerSecond: Number.MAX_SAFE_INTEGER },
      onStream(stream, headers) {
        echo(stream, closes);
        if (headers.get(':path') === '/held') stream.pause();
      },
      onDefect: rethrow,
      onNoPreface: () => undefined,
    });
  };
  const server: Server = certificate
    ? createTlsServer({ ...certificate, ALPNProtocols: ['h2'] }, accept)
    : createServer({ noDelay: true }, accept);
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    closes,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function echo(stream: ServerStream, closes: number[]): void {
  const index = closes.push(0) - 1;
  let lent = buffers.take(LENT_BYTES);
  let filled = 0;
  const flush = () => {
    const full = lent;
    if (filled > 0) stream.sendData(full.subarray(0, filled), (error) => error || buffers.give(full));
    lent = buffers.take(LENT_BYTES);
    filled = 0;
  };
  stream.handler = {
    onData(bytes) {
      stream.sendHeaders(HEADERS);
      // Both ways: as a view of what came, and by a buffer that others are lent again.
      if (bytes.length % 2 === 0) {
        flush();
        stream.sendData(bytes);
      } else {
        filled += bytes.copy(lent, filled);
        if (LENT_BYTES - filled < 20_000) flush();
      }
      if (stream.needsDrain) stream.pause();
    },
    onEnd() {
      stream.sendHeaders(HEADERS);
      flush();
      stream.sendTrailers(TRAILERS);
    },
    onDrain: () => stream.resume(),
    onClose() {
      closes[index] = (closes[index] ?? 0) + 1;
    },
  };
}
