import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Backends, startBackends } from './support/backends.ts';
import { callerApi, workloadApi } from './support/configs.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { expectNothingUpstream, onlyAccepted } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';
import { Http2Request } from './support/http2-client.ts';

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(PLACEMENTS)('a request without an end, %s', (placement) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway(backends, {
      placement,
      routes: [
        route('/caller/', callerApi),
        route('/unsigned/', { ...workloadApi, payload: 'unsigned' }),
        route('/', workloadApi),
      ],
    });
  });
  afterAll(() => gateway.close());

  describe('as WebSocket', () => {
    it.each(['/socket?a=1', '/unsigned/socket'])('is signed at the handshake and flows both ways: %s', async (path) => {
      const socket = await upgrade(gateway.port, path);
      expect(await read(socket, /\r\n\r\n$/)).toMatch(/^HTTP\/1\.1 101 /);
      onlyAccepted(backends.standIn.service);
      for (const message of ['first', 'second']) {
        socket.write(message);
        expect(await read(socket, new RegExp(`${message}$`))).toBe(message);
      }
      socket.destroy();
    });

    it('is signed as the caller', async () => {
      const socket = await upgrade(gateway.port, '/caller/', `Authorization: ${await backends.bearer('alice')}\r\n`);
      expect(await read(socket, /\r\n\r\n$/)).toMatch(/^HTTP\/1\.1 101 /);
      expect(onlyAccepted(backends.standIn.service).verdict.principal.subject).toBe('alice');
      socket.destroy();
    });

    it('is refused like any other request', async () => {
      const socket = await upgrade(gateway.port, '/caller/');
      expect(await read(socket, /\}$/)).toMatch(/^HTTP\/1\.1 401 .*SIGV4_TOKEN_MISSING/s);
      expectNothingUpstream(backends.standIn.service);
      socket.destroy();
    });
  });

  describe('as gRPC', () => {
    const open = (path: string) =>
      new Http2Request(gateway.port, { ':path': path, 'content-type': 'application/grpc', te: 'trailers' });

    it('flows with payload: unsigned, its headers gone before its end', async () => {
      const request = open('/unsigned/orders.Orders/Watch');
      request.stream.write('one');
      await expect.poll(() => backends.standIn.service.started).toBe(1);
      request.stream.end('two');
      expect((await request.response).status).toBe(200);
      expect(onlyAccepted(backends.standIn.service).body.toString()).toBe('onetwo');
      request.close();
    });

    it('is refused with payload: signed, at once', async () => {
      const request = open('/orders.Orders/Watch');
      request.stream.write('one');
      // Envoy tells a gRPC client of a refusal in its own way: 200, and the status in grpc-status.
      const response = await request.response;
      expect(response.headers['grpc-status']).toMatch(/^[1-9]/);
      expectNothingUpstream(backends.standIn.service);
      request.close();
    });
  });
});

async function upgrade(port: number, path: string, headers = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.setEncoding('latin1');
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: client.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}${headers}\r\n`,
  );
  return socket;
}

/** What comes next, up to where it matches. */
async function read(socket: Socket, end: RegExp): Promise<string> {
  const signal = AbortSignal.timeout(5000);
  let text = '';
  while (!end.test(text)) {
    const [chunk] = await once(socket, 'data', { signal });
    text += chunk;
  }
  return text;
}
