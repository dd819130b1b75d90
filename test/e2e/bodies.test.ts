import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Backends, startBackends } from './support/backends.ts';
import { workloadApi, workloadBucket } from './support/configs.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { expectNothingUpstream, onlyAccepted } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';
import { Http2Request } from './support/http2-client.ts';

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const KIB = 1024;
const MIB = 1024 * KIB;

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(PLACEMENTS)('a body, %s', (placement) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway(backends, {
      placement,
      routes: [
        route('/bucket/', workloadBucket),
        route('/unsigned/', { ...workloadApi, payload: 'unsigned' }),
        route('/', workloadApi),
      ],
    });
  });
  afterAll(() => gateway.close());

  const accepted = () => onlyAccepted(backends.standIn.service);

  async function http2(trailers: Record<string, string> | undefined, ...chunks: string[]): Promise<number> {
    const request = new Http2Request(gateway.port, { ':path': '/' }, trailers);
    for (const chunk of chunks) request.stream.write(chunk);
    request.stream.end();
    const { status } = await request.response;
    request.close();
    return status;
  }

  describe('that is empty', () => {
    it.each([
      { form: 'without any length', request: { method: 'POST', headers: [] } },
      { form: 'content-length: 0', request: { method: 'POST', headers: [['Content-Length', '0']] as const } },
      { form: 'chunked, no chunk', request: { method: 'PUT', headers: [['Transfer-Encoding', 'chunked']] as const } },
    ])('as HTTP/1.1 $form', async ({ request }) => {
      expect((await gateway.send({ path: '/bucket/key', ...request })).status).toBe(200);
      expect(accepted().header('x-amz-content-sha256')).toBe(EMPTY_SHA256);
    });

    it.each([
      { form: 'an empty DATA frame', trailers: undefined },
      { form: 'trailers and no DATA frame', trailers: { 'x-trailer': '1' } },
    ])('as HTTP/2 $form', async ({ trailers }) => {
      expect(await http2(trailers)).toBe(200);
      expect(accepted().header('x-amz-content-sha256')).toBe(EMPTY_SHA256);
    });
  });

  it.each([
    { form: 'a length', request: {} },
    { form: 'chunks', request: { headers: [['Transfer-Encoding', 'chunked']] as const } },
    { form: 'chunks and trailers', request: { trailers: [['X-Trailer', '1']] as const } },
    {
      form: 'an offer of h2c, as Java makes it',
      request: {
        headers: [
          ['Connection', 'Upgrade, HTTP2-Settings'],
          ['Upgrade', 'h2c'],
          ['HTTP2-Settings', 'AAMAAABkAARAAAAAAAIAAAAA'],
        ] as const,
      },
    },
  ])('of HTTP/1.1 with $form arrives as it was signed', async ({ request }) => {
    expect((await gateway.send({ method: 'POST', body: '{"order": 7}', ...request })).status).toBe(200);
    expect(accepted().body.toString()).toBe('{"order": 7}');
    // S3 answers 501 to HTTP's own chunks.
    expect(accepted().header('content-length')).toBe('12');
    expect(accepted().header('transfer-encoding')).toBeUndefined();
  });

  it.each([
    { form: 'DATA', trailers: undefined },
    { form: 'DATA and trailers', trailers: { 'x-trailer': '1' } },
  ])('of HTTP/2 in $form arrives as it was signed', async ({ trailers }) => {
    expect(await http2(trailers, '{"order"', ': 7}')).toBe(200);
    expect(accepted().body.toString()).toBe('{"order": 7}');
  });

  it('of a GET is signed', async () => {
    expect((await gateway.send({ body: 'query' })).status).toBe(200);
    expect(accepted().body.toString()).toBe('query');
  });

  it.each(['/', '/bucket/key'])('of 900 KiB arrives as it was signed, to %s', async (path) => {
    const body = Buffer.alloc(900 * KIB, 'abcdefg');
    expect((await gateway.send({ method: 'PUT', path, body })).status).toBe(200);
    expect(accepted().body.equals(body)).toBe(true);
  });

  it.each([
    { form: 'with its length', headers: [] },
    { form: 'in chunks', headers: [['Transfer-Encoding', 'chunked']] as const },
  ])("beyond Envoy's buffer limit is refused by Envoy, $form", async ({ headers }) => {
    const response = await gateway.send({ method: 'PUT', headers, body: Buffer.alloc(1500 * KIB) });
    expect(response.status).toBe(413);
    expectNothingUpstream(backends.standIn.service);
    expect((await gateway.send({ method: 'PUT', body: 'after' })).status).toBe(200);
  });

  it('of 6 MiB arrives where the limit of the listener is raised', async () => {
    const raised = await startGateway(backends, {
      placement,
      change: (config) => {
        for (const listener of config.static_resources.listeners) listener.per_connection_buffer_limit_bytes = 8 * MIB;
      },
      routes: [route('/', workloadBucket)],
    });
    const body = Buffer.alloc(6 * MIB, 'abcdefg');
    const { status } = await raised.send({ method: 'PUT', body });
    await raised.close();
    expect(status).toBe(200);
    expect(accepted().body.equals(body)).toBe(true);
  });

  it('of payload: unsigned is signed at the headers', async () => {
    expect((await gateway.send({ method: 'POST', path: '/unsigned/', body: 'any' })).status).toBe(200);
    expect(accepted().header('x-amz-content-sha256')).toBe('UNSIGNED-PAYLOAD');
    expect(accepted().body.toString()).toBe('any');
  });

  it('that the client breaks off never starts upstream', async () => {
    const request = new Http2Request(gateway.port, { ':path': '/' });
    request.stream.write('half of it');
    await expect.poll(() => streams(gateway, 'started')).toBeGreaterThan(await streams(gateway, 'closed'));
    request.close();
    await expect.poll(async () => (await streams(gateway, 'started')) - (await streams(gateway, 'closed'))).toBe(0);
    expectNothingUpstream(backends.standIn.service);
  });
});

/** Of all of Envoy's ext_proc filters. */
async function streams(gateway: Gateway, event: 'started' | 'closed'): Promise<number> {
  const stats = await gateway.envoy.stats(`ext_proc\\..*streams_${event}$`);
  return [...stats.values()].reduce((sum, count) => sum + count, 0);
}
