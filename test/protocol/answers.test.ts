import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { mutationOf } from '../support/envoy-mutations.ts';
import { type RequestShape, requestBody, requestHeaders } from '../support/ext-proc-messages.ts';
import {
  type InProcessSigner,
  ROUTE,
  routeMetadata,
  startInProcess,
  stubWorkloadEnvironment,
  verdictOf,
} from '../support/in-process-signer.ts';

let signer: InProcessSigner;
const ROLE = 'arn:aws:iam::123456789012:role/orders-caller';

beforeAll(async () => {
  stubWorkloadEnvironment();
  // Nothing listens on the discard port: STS cannot be reached.
  vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:9');
  signer = await startInProcess();
});
afterAll(async () => {
  await signer.close();
  vi.unstubAllEnvs();
});

async function refusal(route: object | undefined, shape: RequestShape = {}) {
  const stream = signer.client.open(route ? { metadata: routeMetadata(route) } : {});
  const answer = await stream.ask(requestHeaders(shape));
  expect(answer.response).toBe('immediate_response');
  expect((await stream.status()).code).toBe(0);
  const { status, headers, body, details } = answer.immediate_response ?? {};
  return {
    status: status?.code,
    headers: (headers?.set_headers ?? []).map(({ header }) => [header.key, String(header.raw_value)]),
    setHeaders: headers?.set_headers ?? [],
    json: JSON.parse(String(body)) as Record<string, unknown>,
    body: String(body),
    details,
  };
}

const caller = { ...ROUTE, aws_assume_role_arn: ROLE };
const bearer = (token: string): RequestShape => ({ headers: [['authorization', `Bearer ${token}`]] });

describe('an answer in AWS’s stead', () => {
  it.each<[string, object | undefined, RequestShape, number, string, string[][]]>([
    ['no config', undefined, {}, 500, 'SIGV4_ROUTE_NOT_CONFIGURED', []],
    ['an unknown field', { ...ROUTE, regoin: 'x' }, {}, 500, 'SIGV4_CONFIG_INVALID', []],
    ['an unknown profile', { ...ROUTE, profile: 'nope' }, {}, 500, 'SIGV4_PROFILE_UNKNOWN', []],
    ['no token', caller, {}, 401, 'SIGV4_TOKEN_MISSING', [['www-authenticate', 'Bearer']]],
    [
      'a token of another scheme',
      caller,
      { headers: [['authorization', 'Basic dTpw']] },
      401,
      'SIGV4_TOKEN_INVALID',
      [['www-authenticate', 'Bearer']],
    ],
    ['STS not reached', caller, bearer('opaque'), 503, 'SIGV4_STS_UNAVAILABLE', [['retry-after', '1']]],
    ['CONNECT', ROUTE, { method: 'CONNECT' }, 500, 'SIGV4_REQUEST_UNSUPPORTED', []],
  ])('%s', async (_, route, shape, status, code, more) => {
    const answer = await refusal(route, shape);
    expect(answer).toMatchObject({ status, json: { code }, details: code.toLowerCase() });
    expect(answer.headers).toEqual([['content-type', 'application/json'], ...more, ['x-amzn-errortype', code]]);
    expect(Object.keys(answer.json).sort()).toEqual(['code', 'message']);
    expect(answer.body).not.toMatch(/arn:|opaque|dTpw|123456789012/);
    for (const { header, append, append_action } of answer.setHeaders) {
      expect({ value: header.value, append, append_action }).toEqual({ append_action: 2 });
    }
  });
});

describe('a header mutation', () => {
  it('sets raw_value alone, with append unset and append_action OVERWRITE_IF_EXISTS_OR_ADD', async () => {
    const stream = signer.client.open({ metadata: routeMetadata({ ...ROUTE, override_target_protocol: 'https' }) });
    const mutation = mutationOf(await stream.ask(requestHeaders({ path: '/?b=1+2' })));
    const names = mutation?.set_headers?.map(({ header }) => header.key).sort();
    expect(names).toEqual([':authority', ':path', ':scheme', 'authorization', 'x-amz-content-sha256', 'x-amz-date']);
    for (const { header, append, append_action } of mutation?.set_headers ?? []) {
      expect(Buffer.isBuffer(header.raw_value)).toBe(true);
      expect({ value: header.value, append, append_action }).toEqual({ append_action: 2 });
    }
    stream.cancel();
  });

  it('removes what was there of another signature and the client’s copy of the token, and nothing that is absent', async () => {
    const stream = signer.client.open({ metadata: routeMetadata() });
    const headers = [
      ['x-amz-security-token', 'x'],
      ['x-authorization', 'forged'],
      ['accept', '*/*'],
    ] as const;
    const mutation = mutationOf(await stream.ask(requestHeaders({ headers })));
    expect(mutation?.remove_headers?.toSorted()).toEqual(['x-amz-security-token', 'x-authorization']);
    const bare = signer.client.open({ metadata: routeMetadata() });
    expect(mutationOf(await bare.ask(requestHeaders()))?.remove_headers ?? []).toEqual([]);
    stream.cancel();
    bare.cancel();
  });

  it('keeps header bytes beyond ASCII as they are, in the signature and in a copy', async () => {
    const bytes = `${Buffer.from('snö ☃ ').toString('latin1')}\u00ff\u0080`;
    const shape: RequestShape = {
      headers: [
        ['x-amz-meta-title', bytes],
        ['authorization', bytes],
      ],
    };
    const route = { ...ROUTE, preserve_auth_header: true, preserve_auth_header_key: 'x-amz-meta-copy' };
    const stream = signer.client.open({ metadata: routeMetadata(route) });
    const answer = await stream.ask(requestHeaders(shape));
    expect(verdictOf(shape, [answer])).toMatchObject({ ok: true });
    const copy = mutationOf(answer)?.set_headers?.find(({ header }) => header.key === 'x-amz-meta-copy');
    expect(copy?.header.raw_value).toEqual(Buffer.from(bytes, 'latin1'));
    stream.cancel();
  });

  it('of the body’s answer replaces what the headers’ answer set', async () => {
    const stream = signer.client.open({ metadata: routeMetadata() });
    const shape: RequestShape = { method: 'POST', endOfStream: false, headers: [['x-amz-date', 'old']] };
    const answers = [await stream.ask(requestHeaders(shape)), await stream.ask(requestBody('late'))];
    expect(verdictOf(shape, answers, 'late')).toMatchObject({ ok: true });
    stream.cancel();
  });
});

describe('a request in which headers came as `value`', () => {
  it('text beyond ASCII is taken as its UTF-8 bytes', async () => {
    const shape: RequestShape = { headers: [['x-amz-meta-title', Buffer.from('☃').toString('latin1')]] };
    const message = {
      ...requestHeaders(),
      request_headers: {
        end_of_stream: true,
        headers: {
          headers: [
            { key: ':authority', value: 'client.test' },
            { key: ':path', value: '/' },
            { key: ':method', value: 'GET' },
            { key: 'x-amz-meta-title', value: '☃' },
          ],
        },
      },
    };
    const stream = signer.client.open({ metadata: routeMetadata() });
    expect(verdictOf(shape, [await stream.ask(message)])).toMatchObject({ ok: true });
    stream.cancel();
  });
});
