import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Backends, DEMO_WORKLOAD, ORDERS_CALLER_ROLE, startBackends } from './support/backends.ts';
import { callerApi, workloadApi } from './support/configs.ts';
import { expectRefusal, onlyAccepted } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const TAGGED_ROLE = 'arn:aws:iam::123456789012:role/tagged';

let backends: Backends;
let gateway: Gateway;
beforeAll(async () => {
  backends = await startBackends({
    roles: () => [{ arn: TAGGED_ROLE, trust: { principals: [DEMO_WORKLOAD.arn] } }],
    signer: ({ issuer }) => ({
      config: `
token_check:
  issuers:
    - { issuer: "${issuer.issuer}", audiences: [sts.amazonaws.com], jwks_url: "${issuer.url}/jwks" }
allow:
  - roles: ["${ORDERS_CALLER_ROLE}", "${TAGGED_ROLE}"]
    services: [execute-api]
`,
    }),
  });
  gateway = await startGateway(backends, {
    placement: 'downstream',
    routes: [
      route('/shared/', { ...callerApi, credential_cache_scope: 'role' }),
      route('/tagged/', {
        ...{ ...workloadApi, credential_source: 'workload', aws_assume_role_arn: TAGGED_ROLE },
        ...{ session_name: 'for-{claim.sub}', session_tags: { Sub: '{claim.sub}' }, source_identity: '{claim.sub}' },
      }),
      route('/own/', workloadApi),
      route('/elsewhere/', { ...callerApi, aws_service: 's3' }),
      route('/', callerApi),
    ],
  });
});
afterAll(async () => {
  await gateway.close();
  await backends.close();
});
beforeEach(() => {
  backends.standIn.service.reset();
  backends.standIn.sts.calls.length = 0;
});

const ask = async (path: string, token: string | Promise<string>) =>
  gateway.send({ path, headers: [['Authorization', `Bearer ${await token}`]] });

describe('token_check', () => {
  const tokenOf = (sub: string) => backends.standIn.issuer.issueToken({ sub });

  it('lets a good token go on to STS', async () => {
    expect((await ask('/', tokenOf('alice'))).status).toBe(200);
    expect(onlyAccepted(backends.standIn.service).verdict.principal.subject).toBe('alice');
  });

  it.each<[string, () => Promise<string>, string]>([
    ['forged', () => backends.standIn.issuer.issueToken({ sub: 'alice' }, { key: 'other' }), 'SIGV4_TOKEN_INVALID'],
    ['of another audience', () => backends.standIn.issuer.issueToken({ sub: 'a', aud: 'x' }), 'SIGV4_TOKEN_INVALID'],
    ['expired', () => backends.standIn.issuer.issueToken({ sub: 'a', expiresIn: -60 }), 'SIGV4_TOKEN_EXPIRED'],
    ['no JWT', async () => 'opaque-token', 'SIGV4_TOKEN_INVALID'],
  ])('keeps a token that is %s from STS, and from the warm cache of a role', async (_, token, code) => {
    expect((await ask('/shared/', tokenOf('first'))).status).toBe(200);
    backends.standIn.service.reset();
    backends.standIn.sts.calls.length = 0;
    for (const path of ['/', '/shared/']) {
      expectRefusal(await ask(path, await token()), backends.standIn.service, 401, code);
    }
    expect(backends.standIn.sts.calls).toEqual([]);
  });

  it('lets all callers of a role share one exchange where the route says so', async () => {
    for (const sub of ['first', 'second', 'third']) expect((await ask('/shared/', tokenOf(sub))).status).toBe(200);
    expect(backends.standIn.sts.calls.length).toBeLessThanOrEqual(1);
  });

  it('vouches for claims in the tags of a workload’s session', async () => {
    expect((await ask('/tagged/', tokenOf('dora'))).status).toBe(200);
    const { principal } = onlyAccepted(backends.standIn.service).verdict;
    expect(principal).toMatchObject({ roleArn: TAGGED_ROLE, sessionName: 'for-dora', sourceIdentity: 'dora' });
    expect(backends.standIn.sts.calls.map(({ parameters }) => parameters['Tags.member.1.Value'])).toEqual(['dora']);
    backends.standIn.service.reset();
    const forged = await backends.standIn.issuer.issueToken({ sub: 'dora' }, { key: 'other' });
    expectRefusal(await ask('/tagged/', forged), backends.standIn.service, 401, 'SIGV4_TOKEN_INVALID');
    const without = await gateway.send({ path: '/tagged/' });
    expectRefusal(without, backends.standIn.service, 401, 'SIGV4_TOKEN_MISSING');
  });

  it.each(['/own/', '/elsewhere/'])('and allow keep %s from STS: 403', async (path) => {
    const response = await ask(path, tokenOf('alice'));
    expectRefusal(response, backends.standIn.service, 403, 'SIGV4_NOT_ALLOWED');
    expect(backends.standIn.sts.calls).toEqual([]);
  });
});
