import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, BUCKET_HOST, startBackends } from './support/backends.ts';
import type { HeaderList } from './support/client.ts';
import { workloadApi, workloadBucket } from './support/configs.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { onlyAccepted, valuesOf } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const ODD_PATHS = [
  '/a%20b',
  '/a+b',
  "/!$&'()*,;=:@",
  '/%E2%82%AC/%c3%a9',
  '/a%2Fb%2fc',
  '/a//b///',
  '/./a/../b/.',
  '/%7Etilde~_-.',
  '/100%',
  '/a%25b',
  '/a"<>\\^`{|}',
];
const ODD_QUERIES = [
  '?',
  '?b=2&a=2&a=1&B',
  '?q=a+b&r=a%20b&s=a%2Bb',
  "?x=!'()*~/:@$,;",
  '?a==b&c=d%3De&=v',
  '?&&a&&',
  '?k=%e2%82%ac&%E2%82%AC=%C3%A9',
  '?a-b=1&a=2&a%20=3',
];
const OWN_HEADERS = ['authorization', 'x-amz-date', 'x-amz-content-sha256'];
const FORGED: HeaderList = [
  [
    'Authorization',
    'AWS4-HMAC-SHA256 Credential=FORGED/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00',
  ],
  ['X-Amz-Date', '20200101T000000Z'],
  ['X-Amz-Security-Token', 'FORGED'],
  ['X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD'],
  ['X-Amz-S3session-Token', 'FORGED'],
];

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends();
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(PLACEMENTS)('a workload route, %s', (placement) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway(backends, {
      placement,
      routes: [
        route('/bucket/', workloadBucket),
        route('/tenant/', { ...workloadApi, signed_headers: ['x-tenant'] }),
        route('/', workloadApi),
      ],
    });
  });
  afterAll(() => gateway.close());

  it.each(ODD_PATHS)('signs the path %s for execute-api and leaves it as it is', async (path) => {
    expect((await gateway.send({ path })).status).toBe(200);
    expect(onlyAccepted(backends.standIn.service).url).toBe(path);
  });

  it.each(ODD_PATHS)('signs the path %s for S3 and leaves the key that it names', async (path) => {
    expect((await gateway.send({ method: 'PUT', path: `/bucket${path}`, body: 'x' })).status).toBe(200);
    expect(decoded(onlyAccepted(backends.standIn.service).url)).toBe(decoded(`/bucket${path}`));
  });

  it.each(ODD_QUERIES)('signs the query %s', async (query) => {
    for (const path of ['/list', '/bucket/']) {
      backends.standIn.service.reset();
      expect((await gateway.send({ path: path + query })).status).toBe(200);
      const received = new URLSearchParams(onlyAccepted(backends.standIn.service).url.slice(path.length));
      expect([...received]).toEqual([...new URLSearchParams(query)].filter(([name, value]) => name || value));
    }
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('signs %s', async (method) => {
    expect((await gateway.send({ method })).status).toBe(200);
    expect(onlyAccepted(backends.standIn.service).method).toBe(method);
  });

  it('signs the body, the authority, content-type and x-amz-*, and nothing that a proxy may change', async () => {
    const body = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256));
    const headers: HeaderList = [
      ['Content-Type', 'application/octet-stream'],
      ['X-Amz-Meta-Words', '  two   spaces,  commas '],
      ['x-amz-meta-twice', 'b'],
      ['x-amz-meta-twice', 'a'],
      ['x-amz-meta-tab', 'a\tb'],
      ['x-amz-meta-latin', 'caf\u00e9'],
      ['User-Agent', 'test'],
      ['X-Forwarded-For', '192.0.2.1'],
      ['X-Other', '1'],
    ];
    expect((await gateway.send({ method: 'POST', host: 'anything.example:8443', headers, body })).status).toBe(200);
    const received = onlyAccepted(backends.standIn.service);
    expect(received.verdict.signedHeaders).toEqual([
      ...['content-type', 'host', 'x-amz-content-sha256', 'x-amz-date'],
      ...['x-amz-meta-latin', 'x-amz-meta-tab', 'x-amz-meta-twice', 'x-amz-meta-words'],
    ]);
    expect(received.body).toEqual(body);
    expect(received.header('x-amz-content-sha256')).toBe(createHash('sha256').update(body).digest('hex'));
    expect(valuesOf(received, 'host')).toEqual([API_HOST]);
    expect(received.header('x-other')).toBe('1');
  });

  it('signs the headers that the route names', async () => {
    const headers: HeaderList = [['X-Tenant', 'blue']];
    expect((await gateway.send({ path: '/tenant/', headers })).status).toBe(200);
    expect(onlyAccepted(backends.standIn.service).verdict.signedHeaders).toContain('x-tenant');
  });

  it.each([
    { times: 'once', headers: FORGED },
    { times: 'twice', headers: [...FORGED, ...FORGED] },
  ])('lets nothing through of a signature that the client sent $times', async ({ headers }) => {
    expect((await gateway.send({ headers, path: '/?X-Amz-Signature=0&x-amz-credential=FORGED&keep=1' })).status).toBe(
      200,
    );
    const received = onlyAccepted(backends.standIn.service);
    for (const name of OWN_HEADERS) expect(valuesOf(received, name)).toHaveLength(1);
    // The workload's own keys are long-lived and have no token.
    for (const name of ['x-amz-security-token', 'x-amz-s3session-token']) expect(valuesOf(received, name)).toEqual([]);
    expect(received.rawHeaders.join('\n')).not.toMatch(/FORGED|20200101|UNSIGNED/);
    expect(received.url).toBe('/?keep=1');
  });

  it('sends the session token of role credentials, and it alone', async () => {
    const headers = [...FORGED, ...FORGED];
    expect((await gateway.send({ path: '/bucket/key', headers })).status).toBe(200);
    const received = onlyAccepted(backends.standIn.service);
    const { accessKeyId } = received.verdict.principal;
    for (const name of OWN_HEADERS) expect(valuesOf(received, name)).toHaveLength(1);
    expect(valuesOf(received, 'x-amz-security-token')).toEqual([
      backends.standIn.store.find(accessKeyId)?.sessionToken,
    ]);
    expect(received.verdict.signedHeaders).toContain('x-amz-security-token');
    expect(received.rawHeaders.join('\n')).not.toMatch(/FORGED|20200101|UNSIGNED/);
    expect(received.header('host')).toBe(BUCKET_HOST);
  });
});

/** The bytes that a percent-encoded target stands for; a `%` that starts no escape stands for itself. */
function decoded(target: string): string {
  return target.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
