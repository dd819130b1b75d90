import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, BUCKET_HOST, ORDERS_CALLER_ROLE, startBackends } from './support/backends.ts';
import type { HeaderList } from './support/client.ts';
import { callerApi, workloadApi, workloadBucket } from './support/configs.ts';
import { onlyAccepted, valuesOf } from './support/expect.ts';
import { ENVOY_VERSIONS, extAuthz, extensionRoute } from './support/ext-authz.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';
import { Http2Request } from './support/http2-client.ts';

const INSTALL_MS = 180_000;
const MIB = 1024 * 1024;

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends({
    signer: { config: 'profiles: {bucket: {aws_region: eu-west-1, aws_service: s3, credential_source: workload}}\n' },
  });
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(ENVOY_VERSIONS)('by ext_authz, on Envoy %s', (version) => {
  let gateway: Gateway;
  beforeAll(async () => {
    const routes = [
      route('/caller/', { ...callerApi, preserve_auth_header: true }),
      route('/query/', { ...callerApi, sign_query: true }),
      route('/bucket/', workloadBucket),
      extensionRoute('/profile/', { profile: 'bucket', override_target_host: BUCKET_HOST }),
      route('/unsigned/', { ...workloadApi, payload: 'unsigned' }),
      route('/pass/', { ...workloadBucket, payload: 'passthrough' }),
      route('/', workloadApi),
    ];
    const body = { max_request_bytes: 8 * MIB, allow_partial_message: false, pack_as_bytes: true };
    gateway = await startGateway(backends, extAuthz(version, routes, { with_request_body: body }));
  }, INSTALL_MS);
  afterAll(() => gateway.close());
  const accepted = () => onlyAccepted(backends.standIn.service);

  it.each([{ method: 'GET' }, { method: 'POST', body: 'order' }])(
    '$method is signed as the caller',
    async (request) => {
      const token = await backends.bearer('alice');
      const headers: HeaderList = [
        ['Authorization', token],
        ['X-Authorization', 'Bearer forged'],
        ['X-Authorization', 'Bearer forged again'],
      ];
      expect((await gateway.send({ path: '/caller/orders?b=2&a=1', headers, ...request })).status).toBe(200);
      const received = accepted();
      expect(received.verdict.principal).toMatchObject({ roleArn: ORDERS_CALLER_ROLE, subject: 'alice' });
      expect(received.header('host')).toBe(API_HOST);
      expect(valuesOf(received, 'authorization')).toEqual([expect.stringMatching(/^AWS4-HMAC-SHA256 /)]);
      expect(valuesOf(received, 'x-authorization')).toEqual([token]);
    },
  );

  it.each(['/bucket/', '/profile/'])('PUT to %s is signed as the workload', async (path) => {
    expect((await gateway.send({ method: 'PUT', path, body: 'x' })).status).toBe(200);
    expect(accepted().header('host')).toBe(BUCKET_HOST);
  });

  it.each([
    ['/bucket/a%20b', '/bucket/a%20b'],
    ['/bucket/a//b/../c', '/bucket/a//b/../c'],
    ['/bucket/%7e%2f%c3%bc?x=a+b&y=%41', '/bucket/~/%C3%BC?x=a%20b&y=A'],
    ["/bucket/a@b:c(d)'e!?prefix=a/b&list-type=2", '/bucket/a%40b%3Ac%28d%29%27e%21?prefix=a%2Fb&list-type=2'],
    ['/bucket/100%', '/bucket/100%25'],
  ])('an S3 path leaves in the encoding that was signed: %s', async (path, left) => {
    for (const method of ['GET', 'PUT']) {
      backends.standIn.service.reset();
      expect((await gateway.send({ method, path, ...(method === 'PUT' && { body: 'x' }) })).status).toBe(200);
      expect(accepted().url).toBe(left);
    }
  });

  it('replaces every copy of what the client sent of a signature, and signs its repeated headers', async () => {
    const copies = (name: string) => [[name, 'theirs'] as const, [name, 'again'] as const];
    const headers = [
      ...[['authorization', 'AWS4-HMAC-SHA256 x'] as const, ['authorization', 'AWS4-HMAC-SHA256 y'] as const],
      ...['x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token', 'x-amz-s3session-token'].flatMap(copies),
      ...[
        ['x-amz-meta-a', '1'] as const,
        ['x-amz-meta-a', '2'] as const,
        ['x-amz-meta-b', '\xc3\xbc\t\xc3\xbc'] as const,
      ],
    ];
    expect((await gateway.send({ method: 'PUT', path: '/bucket/k', headers, body: 'x' })).status).toBe(200);
    const received = accepted();
    expect(received.rawHeaders.join('\n')).not.toMatch(/theirs|again/);
    for (const name of ['authorization', 'x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token'])
      expect(valuesOf(received, name), name).toHaveLength(1);
    expect(valuesOf(received, 'x-amz-meta-a')).toEqual(['1', '2']);
  });

  it('puts the signature into the query', async () => {
    const headers = [['Authorization', await backends.bearer('alice')]] as const;
    expect((await gateway.send({ path: '/query/a?b=c+d&X-Amz-Signature=theirs', headers })).status).toBe(200);
    const received = accepted();
    expect(received.verdict).toMatchObject({ source: 'query', principal: { subject: 'alice' } });
    expect(received.header('authorization')).toBeUndefined();
  });

  it.each([
    ['of 5 MiB', Buffer.alloc(5 * MIB, 'abcdefg')],
    ['of bytes that are no text', Buffer.from([0x89, 0x50, 0xff, 0xfe, 0x00, 0xc3])],
    ['of text', Buffer.from('{"ü": "!"}')],
  ])('a body %s arrives as it was signed', async (_what, body) => {
    for (const headers of [[], [['Transfer-Encoding', 'chunked'] as const]]) {
      backends.standIn.service.reset();
      expect((await gateway.send({ method: 'PUT', path: '/bucket/k', headers, body })).status).toBe(200);
      const received = accepted();
      expect(received.body.equals(body)).toBe(true);
      // S3 answers 501 to HTTP's own chunks.
      expect(received.header('content-length')).toBe(String(body.length));
      expect(received.header('transfer-encoding')).toBeUndefined();
    }
  });

  it.each([
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
  ])('a body of HTTP/1.1 with $form arrives as it was signed', async ({ request }) => {
    expect((await gateway.send({ method: 'POST', path: '/h1', body: 'order', ...request })).status).toBe(200);
    expect(accepted().body.toString()).toBe('order');
  });

  it.each([
    { form: 'without any length', headers: [] },
    { form: 'content-length: 0', headers: [['Content-Length', '0']] as const },
    { form: 'chunked, no chunk', headers: [['Transfer-Encoding', 'chunked']] as const },
  ])('a body that is empty is signed as such: $form', async ({ headers }) => {
    expect((await gateway.send({ method: 'POST', path: '/bucket/k', headers })).status).toBe(200);
    expect(accepted().body.length).toBe(0);
  });

  it.each([{ trailers: undefined }, { trailers: { 'x-trailer': '1' } }])(
    'a body of HTTP/2 arrives as it was signed, trailers: $trailers',
    async ({ trailers }) => {
      const request = new Http2Request(gateway.port, { ':path': '/h2' }, trailers);
      for (const chunk of ['{"order"', ': 7}']) request.stream.write(chunk);
      request.stream.end();
      expect((await request.response).status).toBe(200);
      request.close();
      expect(accepted().body.toString()).toBe('{"order": 7}');
    },
  );

  it('passes on what the client framed, with its own hash', async () => {
    const body = '3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n';
    const headers = [
      ['x-amz-content-sha256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
      ['content-encoding', 'aws-chunked'],
      ['x-amz-decoded-content-length', '3'],
      ['x-amz-trailer', 'x-amz-checksum-crc32'],
    ] as const;
    await gateway.send({ method: 'PUT', path: '/pass/k', headers, body });
    const [received] = backends.standIn.service.received;
    expect(received?.body.toString()).toBe(body);
    expect(received?.header('x-amz-content-sha256')).toBe('STREAMING-UNSIGNED-PAYLOAD-TRAILER');
    expect(received?.header('authorization')).toMatch(/^AWS4-HMAC-SHA256 /);
  });

  it('an upgrade is signed at its headers', async () => {
    const headers = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ['Sec-WebSocket-Version', '13'],
    ] as const;
    const response = gateway.send({ path: '/ws', headers });
    response.catch(() => undefined);
    const received = await backends.standIn.service.waitForRequest();
    expect(received.verdict.ok).toBe(true);
  });

  it('names the route to the signer', async () => {
    expect((await gateway.send({ path: '/caller/' })).status).toBe(401);
    const line = backends.signer.output().trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(line)).toMatchObject({ code: 'SIGV4_TOKEN_MISSING', route: '/caller/' });
  });
});
