import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_HOST, type Backends, ORDERS_CALLER_ROLE, startBackends, webIdentity } from './support/backends.ts';
import type { HeaderList } from './support/client.ts';
import { callerApi } from './support/configs.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { expectRefusal, onlyAccepted, valuesOf } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const ALICE_ROLE = 'arn:aws:iam::123456789012:role/for-alice';

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends({
    roles: (issuer) => [{ arn: ALICE_ROLE, trust: webIdentity(issuer, ['alice']) }],
  });
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

describe.each(PLACEMENTS)('a caller route, %s', (placement) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway(backends, {
      placement,
      routes: [
        route('/alice/', { ...callerApi, aws_assume_role_arn: ALICE_ROLE }),
        route('/pass/', { ...callerApi, on_missing_token: 'pass' }),
        route('/copy/', { ...callerApi, preserve_auth_header: true }),
        route('/', callerApi),
      ],
    });
  });
  afterAll(() => gateway.close());

  const ask = (path: string, ...authorization: string[]) =>
    gateway.send({
      ...{ method: 'POST', path, body: 'order' },
      headers: authorization.map((value) => ['Authorization', value] as const),
    });

  it('signs as the role session of the caller, whose token goes no further', async () => {
    const token = await backends.bearer('alice');
    expect((await ask('/orders?a=1', token)).status).toBe(200);
    const received = onlyAccepted(backends.standIn.service);
    expect(received.verdict.principal).toMatchObject({ roleArn: ORDERS_CALLER_ROLE, subject: 'alice' });
    expect(valuesOf(received, 'authorization')).toHaveLength(1);
    expect(valuesOf(received, 'x-amz-security-token')).toHaveLength(1);
    expect(received.rawHeaders.join('\n')).not.toContain(token.slice('Bearer '.length));
  });

  it('signs for each of two callers as that caller, at once and by turns', async () => {
    const tokens = { alice: await backends.bearer('alice'), bob: await backends.bearer('bob') };
    const callers = Array.from({ length: 20 }, (_, index) => (index % 2 ? 'alice' : 'bob'));
    const answers = await Promise.all(
      callers.map(async (caller) => {
        const { body } = await ask('/', tokens[caller as 'alice' | 'bob']);
        return JSON.parse(body).subject;
      }),
    );
    expect(answers).toEqual(callers);
    expect(new Set(backends.standIn.service.received.map(({ verdict }) => verdict.ok)).size).toBe(1);
  });

  it('asks for a token where there is none', async () => {
    const response = await ask('/');
    expectRefusal(response, backends.standIn.service, 401, 'SIGV4_TOKEN_MISSING');
    expect(response.headers['www-authenticate']).toBe('Bearer');
  });

  it.each([
    'Basic dXNlcjpwYXNzd29yZA==',
    'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
    'Bearer',
    'Bearer a b',
  ])('refuses the authorization %s without asking STS', async (authorization) => {
    const { calls } = backends.standIn.sts;
    const before = calls.length;
    const response = await ask('/', authorization);
    expect(calls.length).toBe(before);
    expectRefusal(response, backends.standIn.service, 401, 'SIGV4_TOKEN_INVALID');
    expect(response.headers['www-authenticate']).toBe('Bearer');
  });

  it('refuses two tokens', async () => {
    const response = await ask('/', await backends.bearer('alice'), await backends.bearer('bob'));
    expectRefusal(response, backends.standIn.service, 401, 'SIGV4_TOKEN_INVALID');
  });

  it('refuses tokens that are none, expired, of another key, for another audience', async () => {
    const { issuer, service } = backends.standIn;
    expectRefusal(await ask('/', 'Bearer not.a.token'), service, 401, 'SIGV4_TOKEN_INVALID');
    const expired = await issuer.issueToken({ sub: 'alice', expiresIn: -60 });
    expectRefusal(await ask('/', `Bearer ${expired}`), service, 401, 'SIGV4_TOKEN_EXPIRED');
    const otherKey = await issuer.issueToken({ sub: 'alice' }, { key: 'other' });
    expectRefusal(await ask('/', `Bearer ${otherKey}`), service, 401, 'SIGV4_TOKEN_INVALID');
    const otherAudience = await issuer.issueToken({ sub: 'alice', aud: 'someone-else' });
    expectRefusal(await ask('/', `Bearer ${otherAudience}`), service, 401, 'SIGV4_TOKEN_INVALID');
  });

  it("refuses whom the role's trust policy refuses, and only them", async () => {
    const response = await ask('/alice/', await backends.bearer('bob'));
    expectRefusal(response, backends.standIn.service, 403, 'SIGV4_ACCESS_DENIED');
    expect(response.body).not.toMatch(/arn:|for-alice|bob/);
    expect((await ask('/alice/', await backends.bearer('alice'))).status).toBe(200);
  });

  it('refuses whom the identity provider rejects', async () => {
    backends.standIn.sts.rejectedSubjects.add('mallory');
    const response = await ask('/', await backends.bearer('mallory'));
    expectRefusal(response, backends.standIn.service, 403, 'SIGV4_IDP_REJECTED');
  });

  it('keeps a copy of the token where the route says so, never one that the client made', async () => {
    const token = await backends.bearer('alice');
    const headers: HeaderList = [
      ['Authorization', token],
      ['X-Authorization', 'Bearer forged'],
    ];
    for (const [path, copies] of [
      ['/', []],
      ['/copy/', [token]],
    ] as const) {
      backends.standIn.service.reset();
      expect((await gateway.send({ path, headers })).status).toBe(200);
      expect(valuesOf(onlyAccepted(backends.standIn.service), 'x-authorization')).toEqual(copies);
    }
  });

  it('on_missing_token: pass lets a request without a token out unsigned, and no other', async () => {
    const { service } = backends.standIn;
    expectRefusal(await ask('/pass/', 'Basic dXNlcjpwYXNzd29yZA=='), service, 401, 'SIGV4_TOKEN_INVALID');
    expect((await gateway.send({ path: '/pass/', host: API_HOST })).status).toBe(403);
    expect(service.received.map(({ verdict }) => !verdict.ok && verdict.reason)).toEqual(['missing-authentication']);
  });
});
