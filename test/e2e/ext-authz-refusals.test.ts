import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Backends, startBackends } from './support/backends.ts';
import type { ClientRequest } from './support/client.ts';
import { callerApi, workloadApi, workloadBucket } from './support/configs.ts';
import type { Route } from './support/example-config.ts';
import { expectNothingUpstream, expectRefusal, onlyAccepted } from './support/expect.ts';
import { ENVOY_VERSIONS, extAuthz, extensionRoute } from './support/ext-authz.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const INSTALL_MS = 180_000;
const WELL_AGAIN = { timeout: 10_000, interval: 100 };
const BINARY = Buffer.from([0x89, 0x50, 0xff, 0xfe]);
const ROUTES: readonly Route[] = [
  route('/caller/', callerApi),
  route('/role/', { ...workloadBucket, session_name: 'without-sts' }),
  route('/unsigned/', { ...workloadApi, payload: 'unsigned' }),
  route('/streaming/', { ...workloadBucket, payload: 'streaming' }),
  route('/keys/', workloadApi),
  extensionRoute('/no-json/', '{'),
  route('/'),
];
const FRAMED: ClientRequest['headers'] = [
  ['x-amz-content-sha256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
  ['content-encoding', 'aws-chunked'],
  ['x-amz-decoded-content-length', '3'],
];

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends({ signer: { config: 'sts_timeout: 0.6\n' } });
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(ENVOY_VERSIONS)('by ext_authz nothing goes on unsigned, on Envoy %s', (version) => {
  let gateway: Gateway;
  let callers = 0;
  beforeAll(async () => {
    // The signer's refusals are answers, not failures: this lets none of them through.
    gateway = await startGateway(backends, extAuthz(version, ROUTES, { failure_mode_allow: true }));
  }, INSTALL_MS);
  afterAll(() => gateway.close());

  const askAs = async (sub: string) => {
    const headers = [['Authorization', await backends.bearer(sub)]] as const;
    return gateway.send({ method: 'POST', path: '/caller/', headers, body: 'x' });
  };

  it.each<[string, ClientRequest, number, string]>([
    ['without a token', { path: '/caller/' }, 401, 'SIGV4_TOKEN_MISSING'],
    [
      'with a token that is none',
      { path: '/caller/', headers: [['Authorization', 'Bearer no.t.oken']] },
      401,
      'SIGV4_TOKEN_INVALID',
    ],
    ['on a route without config', { path: '/other' }, 500, 'SIGV4_ROUTE_NOT_CONFIGURED'],
    ['on a route whose config is no JSON', { path: '/no-json/' }, 500, 'SIGV4_CONFIG_INVALID'],
    ['to be streamed', { method: 'PUT', path: '/streaming/', body: 'x' }, 500, 'SIGV4_PROCESSING_MODE'],
    [
      'framed by the client',
      { method: 'PUT', path: '/keys/', headers: FRAMED, body: '3\r\nabc\r\n0\r\n\r\n' },
      400,
      'SIGV4_AWS_CHUNKED_BODY',
    ],
  ])('a request %s', async (_what, request, status, code) => {
    expectRefusal(await gateway.send(request), backends.standIn.service, status, code);
  });

  describe('while STS', () => {
    afterEach(async () => {
      backends.standIn.sts.setFault('none');
      await backends.standIn.sts.down();
      await backends.standIn.sts.up();
      await vi.waitFor(async () => expect((await askAs(`well-${callers++}`)).status).toBe(200), WELL_AGAIN);
    });

    it.each(['down', 'hang', 'error500', 'garbage'] as const)('is out of order: %s', async (fault) => {
      if (fault === 'down') await backends.standIn.sts.down();
      else backends.standIn.sts.setFault(fault);
      for (const response of [await askAs(`new-${callers++}`), await gateway.send({ path: '/role/' })]) {
        expectRefusal(response, backends.standIn.service, 503, 'SIGV4_STS_UNAVAILABLE');
        expect(response.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      }
      expect((await gateway.send({ path: '/keys/' })).status).toBe(200);
    });
  });

  it('while the signer is away, where failure_mode_allow is not set', async () => {
    const nowhere = { addresses: { signer: 9 } };
    const alone = await startGateway(backends, { ...extAuthz(version, ROUTES), ...nowhere });
    const response = await alone.send({ path: '/keys/' });
    await alone.close();
    expect(response.status).toBe(503);
    expectNothingUpstream(backends.standIn.service);
  });

  describe.each<[string, object, [what: string, request: ClientRequest, status: number, code: string | undefined][]]>([
    [
      'sends parts of bodies',
      { with_request_body: { max_request_bytes: 8, allow_partial_message: true, pack_as_bytes: true } },
      [
        ['larger', { path: '/keys/', body: 'more than 8' }, 413, 'SIGV4_BODY_TOO_LARGE'],
        [
          'larger, in chunks',
          { path: '/keys/', body: 'more than 8', headers: [['Transfer-Encoding', 'chunked']] },
          413,
          'SIGV4_BODY_TOO_LARGE',
        ],
        ['larger, unsigned', { path: '/unsigned/', body: 'more than 8' }, 200, undefined],
        ['smaller', { path: '/keys/', body: 'less' }, 200, undefined],
        ['as large', { path: '/keys/', body: '8 bytes.' }, 200, undefined],
      ],
    ],
    [
      'sends no bodies',
      { with_request_body: undefined },
      [
        ['signed', { path: '/keys/', body: 'x' }, 500, 'SIGV4_PROCESSING_MODE'],
        ['unsigned', { path: '/unsigned/', body: 'x' }, 200, undefined],
        // Envoy shows nothing of such a body: it is signed as empty, and AWS refuses it.
        [
          'of unannounced length',
          { path: '/keys/', body: 'x', headers: [['Transfer-Encoding', 'chunked']] },
          403,
          undefined,
        ],
      ],
    ],
    [
      'sends bodies as text',
      { with_request_body: { max_request_bytes: 1024 }, encode_raw_headers: false },
      [
        ['bytes', { path: '/keys/', body: BINARY }, 500, 'SIGV4_PROCESSING_MODE'],
        ['bytes, unsigned', { path: '/unsigned/', body: BINARY }, 200, undefined],
        ['text', { path: '/keys/', body: '{"ü": "?"}' }, 200, undefined],
        [
          'text with a !',
          { path: '/keys/', body: '{"ü": "!"}', headers: [['Content-Type', 'application/json']] },
          200,
          undefined,
        ],
        ['larger than Envoy takes', { path: '/keys/', body: Buffer.alloc(1025, 'x') }, 413, undefined],
        [
          'none, with repeated headers',
          {
            method: 'GET',
            path: '/keys/',
            headers: [
              ['x-amz-meta-a', '1'],
              ['x-amz-meta-a', '2'],
            ],
          },
          200,
          undefined,
        ],
      ],
    ],
    [
      'keeps headers back',
      { encode_raw_headers: false, allowed_headers: { patterns: [{ prefix: 'x-' }] } },
      [['none', { method: 'GET', path: '/keys/' }, 500, 'SIGV4_PROCESSING_MODE']],
    ],
    [
      'may not write what is signed',
      { decoder_header_mutation_rules: { disallow_expression: { regex: 'x-amz-date' }, disallow_is_error: true } },
      [['none', { method: 'GET', path: '/keys/' }, 500, undefined]],
    ],
  ])('where the filter %s', (_settings, settings, requests) => {
    let other: Gateway;
    beforeAll(async () => {
      other = await startGateway(backends, extAuthz(version, ROUTES, settings));
    });
    afterAll(() => other.close());

    it.each(requests)('a body, %s', async (_what, request, status, code) => {
      const response = await other.send({ method: 'PUT', ...request });
      expect(response.status).toBe(status);
      if (code !== undefined) expectRefusal(response, backends.standIn.service, status, code);
      else if (status === 200) onlyAccepted(backends.standIn.service);
      else if (status !== 403) expectNothingUpstream(backends.standIn.service);
    });
  });
});
