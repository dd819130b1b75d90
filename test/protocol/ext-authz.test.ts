import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { headerValue } from '../support/envoy-mutations.ts';
import { type ExtAuthzBench, startExtAuthzBench } from '../support/ext-authz-bench.ts';
import type { CheckShape } from '../support/ext-authz-client.ts';
import { ROUTE, routeMetadata } from '../support/in-process-signer.ts';

const ROLE = 'arn:aws:iam::123456789012:role/orders-caller';
const S3 = { ...ROUTE, aws_service: 's3' };

let bench: ExtAuthzBench;
beforeAll(async () => {
  bench = await startExtAuthzBench();
});
afterEach(() => {
  bench.signer.reports.length = 0;
});
afterAll(() => bench.close());

const signed: ExtAuthzBench['signed'] = (...args) => bench.signed(...args);
const refused: ExtAuthzBench['refused'] = (...args) => bench.refused(...args);

describe.each(['raw', 'text'] as const)('a check in the form %s', (form) => {
  it.each<[string, CheckShape]>([
    ['without a body', { path: '/orders?b=2&a=1' }],
    ['with a body', { method: 'POST', headers: [['content-length', '2']], body: '{}' }],
    ['with a body of unannounced length', { method: 'POST', body: '{}' }],
    ['with a body that turned out empty', { method: 'POST', partial: 'false' }],
    ['with text beyond ASCII', { method: 'POST', headers: [['x-amz-meta-a', 'Ã¼']], body: '{"a":"ü"}' }],
  ])('is answered with a signature: %s', async (_what, shape) => {
    const { answer, verdict } = await signed({ ...shape, form });
    expect(verdict).toMatchObject({ ok: true });
    for (const set of answer.ok_response?.headers ?? []) {
      expect(set).not.toHaveProperty('append');
      expect(set.header).not.toHaveProperty('raw_value');
    }
    expect(bench.signer.reports).toMatchObject([{ outcome: 'signed', service: 'execute-api' }]);
  });

  it('removes nothing that it sets, and all else that the client sent of a signature', async () => {
    const own = [
      'authorization',
      'x-amz-date',
      'x-amz-content-sha256',
      'x-amz-security-token',
      'x-amz-s3session-token',
    ];
    const headers = own.flatMap((name) => [[name, 'AWS4-theirs'] as const, [name, 'AWS4-again'] as const]);
    const { answer, headers: after, verdict } = await signed({ form, headers });
    expect(verdict).toMatchObject({ ok: true });
    const set = (answer.ok_response?.headers ?? []).map(({ header }) => header.key);
    const removed = answer.ok_response?.headers_to_remove ?? [];
    expect(set.filter((name) => removed.includes(name ?? ''))).toEqual([]);
    expect([...removed].sort()).toEqual(['x-amz-s3session-token', 'x-amz-security-token']);
    expect(JSON.stringify(after)).not.toMatch(/theirs|again/);
  });

  it('signs repeated headers as one', async () => {
    const shape: CheckShape = {
      form,
      headers: [
        ['x-amz-meta-a', '1'],
        ['x-amz-meta-a', '2'],
      ],
    };
    expect((await signed(shape)).verdict).toMatchObject({ ok: true });
  });

  it('sets an encoded path, an authority, a scheme and a query signature', async () => {
    const config = { ...S3, override_target_protocol: 'https', sign_query: true };
    const { headers, verdict } = await signed({ form, path: '/a b/c@d?x=1' }, config);
    expect(verdict).toMatchObject({ ok: true, source: 'query' });
    expect(headerValue(headers, ':path')).toMatch(/^\/a%20b\/c%40d\?x=1&X-Amz-Algorithm=/);
    expect([headerValue(headers, ':authority'), headerValue(headers, ':scheme')]).toEqual(['api.aws.test', 'https']);
    expect(headerValue(headers, 'authorization')).toBeUndefined();
  });
});

it('carries a value of any UTF-8 back byte for byte', async () => {
  const headers = [['x-amz-meta-a', '\xc3\xbc\ta']] as const;
  const after = await signed({ headers });
  expect(after.verdict).toMatchObject({ ok: true });
  expect(headerValue(after.headers, 'x-amz-meta-a')).toBe('\xc3\xbc a');
});

it('refuses to write anew what is no UTF-8, and passes it where nothing is written', async () => {
  expect((await signed({ headers: [['x-amz-meta-a', '\xfca']] })).verdict).toMatchObject({ ok: true });
  expect((await refused({ headers: [['x-amz-meta-a', '\xfc\ta']] })).json.code).toBe('SIGV4_REQUEST_UNSUPPORTED');
});

describe('a refusal', () => {
  const caller = { ...ROUTE, aws_assume_role_arn: ROLE };
  const bearer: CheckShape = { headers: [['authorization', 'Bearer opaque']] };

  it.each<[string, object | undefined, CheckShape, number, string, string[][]]>([
    ['no config', undefined, {}, 500, 'SIGV4_ROUTE_NOT_CONFIGURED', []],
    ['no token', caller, {}, 401, 'SIGV4_TOKEN_MISSING', [['www-authenticate', 'Bearer']]],
    ['STS not reached', caller, bearer, 503, 'SIGV4_STS_UNAVAILABLE', [['retry-after', '1']]],
    ['CONNECT', ROUTE, { method: 'CONNECT' }, 500, 'SIGV4_REQUEST_UNSUPPORTED', []],
  ])('for %s has status, headers and JSON, and is reported', async (_what, config, shape, status, code, headers) => {
    const refusal = await refused(shape, config ?? null);
    expect(refusal).toMatchObject({ status, json: { code } });
    expect(refusal.headers).toEqual([['content-type', 'application/json'], ...headers, ['x-amzn-errortype', code]]);
    expect(refusal.body).not.toMatch(/arn:|opaque/);
    expect(bench.signer.reports).toMatchObject([{ outcome: status < 500 ? 'refused' : 'failed', code }]);
    expect(await bench.signer.openStreams()).toBe(0);
  });

  it('meets a filter that keeps headers back', async () => {
    const http = { method: 'GET', path: '/', host: 'client.test', headers: { 'x-a': '1' } };
    const { answer } = bench.envoy.send({ attributes: { request: { http } } }, routeMetadata());
    const { denied_response, http_response } = await answer;
    expect(http_response).toBe('denied_response');
    expect(denied_response?.body).toMatch(/SIGV4_PROCESSING_MODE/);
    expect(denied_response?.body).toContain('allowed_headers');
  });

  it.each<[string, object]>([
    ['empty', {}],
    ['without a request', { attributes: {} }],
    ['of TCP', { attributes: { request: {} } }],
  ])('meets a message that is %s', async (_what, message) => {
    expect(await bench.envoy.send(message, routeMetadata()).answer).toMatchObject({
      status: { code: 7 },
      http_response: 'denied_response',
    });
  });
});

it('passes a request without a token where the route says so, less a forged copy', async () => {
  const shape: CheckShape = { headers: [['x-authorization', 'Bearer forged']] };
  const config = { ...ROUTE, aws_assume_role_arn: ROLE, on_missing_token: 'pass' };
  const answer = await bench.envoy.check(shape, routeMetadata(config));
  expect(answer).toMatchObject({ status: { code: 0 }, ok_response: { headers_to_remove: ['x-authorization'] } });
  expect(answer.ok_response).not.toHaveProperty('headers');
  expect(bench.signer.reports).toMatchObject([{ outcome: 'passed' }]);
});
