import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeHeaders, type RequestHeaders, ServerConnection } from '../../../../src/http2/index.ts';
import { fuzzSeed, prng } from '../../../support/prng.ts';
import { rethrow } from '../../../support/rethrow.ts';

/** The latest request's, and what is answered to the next. */
let received: RequestHeaders;
let answer: Record<string, string>;
let server: Server;
let client: ClientHttp2Session;

beforeAll(async () => {
  server = createServer((socket) => {
    new ServerConnection(socket, {
      limits: { streams: 100, headerListBytes: 64 * 1024, resetsPerSecond: 1000 },
      onStream(stream, headers) {
        received = headers;
        stream.sendTrailers(encodeHeaders(answer));
      },
      onDefect: rethrow,
      onNoPreface: () => undefined,
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => {
  client.destroy();
  server.close();
});

async function exchange(headers: Record<string, string>): Promise<IncomingHttpHeaders> {
  const stream = client.request({ ':method': 'POST', ...headers }, { endStream: true });
  const [response] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  stream.resume();
  return response;
}

it('what nghttp2 encodes is decoded, and what is encoded it decodes', { timeout: 60_000 }, async () => {
  const seed = fuzzSeed();
  const random = prng(seed);
  const character = () => String.fromCharCode(0x21 + random.int(0x5e));
  // Rare bytes have the longest codes.
  const byte = () => (random.chance(0.1) ? String.fromCharCode(0x80 + random.int(0x80)) : character());
  const text = (most: number, one: () => string) => Array.from({ length: 1 + random.int(most) }, one).join('');
  const names = Array.from({ length: 30 }, (_, nth) => `x-${nth}-${text(20, () => random.pick([...'abcdefgh-']))}`);
  for (let round = 0; round < 300; round++) {
    const fields = () =>
      Object.fromEntries(
        random
          .shuffle(names)
          .slice(0, random.int(10))
          .map((name) => [name, text(random.chance(0.1) ? 2_000 : 40, byte)]),
      );
    const headers = { ':path': `/${text(60, character)}`, ...fields() };
    answer = { ':status': '200', 'content-type': 'application/grpc', ...fields() };
    const response = await exchange(headers);
    for (const [name, value] of Object.entries(headers)) expect(received.get(name), `seed ${seed}`).toBe(value);
    for (const [name, value] of Object.entries(answer)) expect(String(response[name]), `seed ${seed}`).toBe(value);
  }
});

it('each byte that a value may have is read by its code', async () => {
  const all = Array.from({ length: 256 }, (_, code) => code).filter((code) => code > 0x20 && code !== 0x7f);
  answer = { ':status': '200' };
  for (const code of all) {
    const value = String.fromCharCode(code).repeat(7);
    await exchange({ ':path': '/', 'x-one': value });
    expect(received.get('x-one')).toBe(value);
  }
});
